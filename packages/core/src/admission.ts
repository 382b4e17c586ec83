import { CometError } from './errors.ts';
import type { JoinOptions } from './hub-types.ts';
import { jump, resumePoint } from './resume.ts';
import { Session } from './session.ts';
import type { SessionHost } from './session-host.ts';
import type { Sessions } from './sessions.ts';

/**
 * Lets a client in: the session of an earlier join with the same nonce, or a new one within the bounds.
 *
 * Shape: the session, and whether it is new.
 *
 * @throws CometError `hub-closed`, `too-many-sessions`.
 */
export function admit(
  host: SessionHost,
  sessions: Sessions,
  randomId: () => string,
  options: JoinOptions,
): { readonly session: Session; readonly fresh: boolean } {
  const { principal, nonce, context, after } = options;
  if (host.closed) throw new CometError('hub-closed', 'the server is shutting down', {});
  const known = nonce === undefined ? undefined : sessions.withNonce(nonce);
  if (known !== undefined && known.principal === principal) return { session: known, fresh: false };
  const limit = host.limits.maxSessions;
  if (sessions.size >= limit) throw new CometError('too-many-sessions', 'the server is full', { limit });
  const session = new Session({ id: randomId(), secret: randomId(), principal, context }, host);
  if (after !== undefined) claim(session, host, after);
  sessions.add(session, nonce);
  return { session, fresh: true };
}

// The stream of a client that comes back with a cursor goes on there, and its first subscriptions count from there.
function claim(session: Session, host: SessionHost, after: string): void {
  const point = resumePoint(host.log, after);
  if (point === undefined) return;
  jump(session, host.log, after, point);
  session.claim = point.position;
}
