import type { SessionCall } from '../../call.ts';
import type { HttpHeaders } from '../../http.ts';
import type { Poll } from '../../poll.ts';

/**
 * The cookie by which a browser returns the cursor of its last answer, without the page knowing.
 *
 * @remarks
 * It has one of sixteen names, so that the tabs of a browser rarely share one and never set many. The value names the
 * session and the cursor, so that another tab's value is recognized. It expires with the lease. It only proves that an
 * answer arrived, never who asks, and a join ignores it.
 */
const prefix = 'cometkit-at-';

/**
 * Makes the headers that set the cookie with a classic pull or poll answer.
 *
 * @returns undefined if no cookie is needed.
 */
export function seenHeaders({ handler, session, format, path, secure }: Poll): HttpHeaders | undefined {
  const { settings, hub } = handler;
  if (format.cursors || session.acknowledges || settings.redelivery === 'off') return undefined;
  const maxAge = Math.ceil((session.leaseMs ?? hub.limits.leaseMs) / 1000);
  const value = `${nameOf(session.id)}=${markOf(session.id)}${session.cursor}`;
  return {
    'set-cookie': `${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`,
  };
}

/**
 * Reads the cursor from the cookie of a request.
 *
 * @returns undefined if there is none for this session.
 */
export function seenCursor({
  session,
  request,
}: Pick<SessionCall, 'session' | 'request'>): string | undefined {
  const name = nameOf(session.id);
  const mark = markOf(session.id);
  for (const pair of (request.header('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (equals < 0 || pair.slice(0, equals).trim() !== name) continue;
    const value = pair.slice(equals + 1).trim();
    if (value.startsWith(mark)) return value.slice(mark.length);
  }
  return undefined;
}

function nameOf(id: string): string {
  return prefix + (id.charCodeAt(id.length - 1) & 15).toString(16);
}

function markOf(id: string): string {
  return `${id.slice(0, 8)}.`;
}
