import { CometError, type Session } from '@cometkit/core';
import type { Admission } from './authorize.ts';
import type { HandlerContext } from './handler-context.ts';

// Timers look again after this time at most, in milliseconds: the clock may be set, and an ended session is not kept for days.
const lookMs = 60_000;
// As milliseconds this lies in 1973, as seconds in the year 5138.
const countedInSeconds = 1e11;
const timers = new WeakMap<Session, () => void>();

/**
 * Refuses an admission that is over already.
 *
 * @throws {CometError} `not-authorized`.
 */
export function checkExpiry(handler: HandlerContext, admission: Admission): void {
  const at = timeOf(admission);
  if (at === undefined || at > handler.settings.runtime.wallTime()) return;
  if (typeof admission.expires === 'number' && at > 0 && at < countedInSeconds)
    handler.report(new RangeError('`expires` counts milliseconds, this looks like seconds'), 'a join hook');
  const reason = 'the permission has expired';
  throw new CometError('not-authorized', reason, { reason });
}

/**
 * Ends a session when its admission expires; a new admission takes the place of the one before. Its client joins again where it was,
 * with the headers that it has then, and the join hook is asked.
 */
export function expire(handler: HandlerContext, session: Session, admission: Admission): void {
  timers.get(session)?.();
  timers.delete(session);
  const at = timeOf(admission);
  if (at !== undefined) look(handler, session, at);
}

function look(handler: HandlerContext, session: Session, at: number): void {
  const { runtime } = handler.settings;
  const leftMs = at - runtime.wallTime();
  if (session.closed) return;
  if (leftMs <= 0) handler.hub.leave(session, 'revoked');
  else
    timers.set(
      session,
      runtime.later(() => look(handler, session, at), Math.min(leftMs, lookMs)),
    );
}

function timeOf({ expires }: Admission): number | undefined {
  return expires instanceof Date ? expires.getTime() : expires;
}
