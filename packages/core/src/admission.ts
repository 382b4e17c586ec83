import type { Engine } from './engine.ts';
import { CometError } from './errors.ts';
import type { HubParts } from './hub-internals.ts';
import type { JoinOptions } from './hub-types.ts';
import { countResume, isProven, jump, resumePoint } from './resume.ts';
import { Session } from './session.ts';
import { bareSessionBytes } from './session-memory.ts';

/**
 * Lets a client in: the session of an earlier join with the same nonce, or a new one within the bounds.
 *
 * @returns the session, and `fresh` when it is new.
 * @throws {CometError} `hub-closed` — the hub is closed; `too-many-sessions` — it is full, and no session gives way.
 */
export function admit(
  engine: Engine,
  options: JoinOptions,
): { readonly session: Session; readonly fresh: boolean } {
  const { principal, data, nonce, context, after, leaseMs, neighbourhoods = [], identity } = options;
  const { sessions, limits, randomId, sessionId } = engine;
  if (engine.closed) throw new CometError('hub-closed', 'the server is shutting down', {});
  const now = engine.now();
  const known = nonce === undefined ? undefined : sessions.withNonce(nonce, now);
  if (known !== undefined && known.principal === principal) {
    known.seen = Math.trunc(now);
    return { session: known, fresh: false };
  }
  const limit = limits.maxSessions;
  if (sessions.size >= limit && !engine.makeRoom(neighbourhoods))
    throw new CometError('too-many-sessions', 'the server is full', { limit });
  const { id, secret } = identity ?? { id: sessionId(), secret: randomId() };
  const session = new Session({ id, secret, principal, data, context, leaseMs }, engine);
  if (after !== undefined) claim(session, engine, after);
  sessions.add(session, nonce, now);
  engine.memory.hold(session, bareSessionBytes);
  return { session, fresh: true };
}

// A client that returns with a cursor continues there, and its first subscriptions begin there.
function claim(session: Session, { log, counters }: HubParts, after: string): void {
  const point = resumePoint(log, after);
  if (point === undefined) return;
  countResume(counters, point);
  jump(session, log, after, point);
  session.claim = point.position;
  session.sent.resumed = true;
  if (isProven(point)) session.interests.since = point.position;
}
