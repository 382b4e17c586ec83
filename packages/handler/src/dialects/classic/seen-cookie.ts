import type { SessionCall } from '../../call.ts';
import type { HttpHeaders } from '../../http.ts';
import type { Poll } from '../../poll.ts';

/**
 * The cookie in which a browser brings back what it was given last, without the page knowing.
 *
 * Shape: one of sixteen names, so that the tabs of a browser seldom meet in one and never make many; the value names the
 * session and the place reached, so that one that met another's is known. It ends with the lease. It proves that an
 * answer arrived and nothing else: who asks is proved by other means, and a join does not look at it.
 */
const prefix = 'cometkit-at-';

/** The headers that set the cookie with a classic answer of a pull or poll. Shape: undefined where nobody needs it. */
export function seenHeaders({ service, session, format, path, secure }: Poll): HttpHeaders | undefined {
  const { settings, hub } = service;
  if (format.cursors || session.acknowledges || settings.redelivery === 'off') return undefined;
  const maxAge = Math.ceil((session.leaseMs ?? hub.limits.leaseMs) / 1000);
  const value = `${nameOf(session.id)}=${markOf(session.id)}${session.cursor}`;
  return {
    'set-cookie': `${value}; Path=${path}; Max-Age=${maxAge}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`,
  };
}

/** The place that a request's cookie says was reached. Shape: undefined when it has none of this session. */
export function seenCursor({ session, request }: SessionCall): string | undefined {
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
