import { CometError, type Hub, type Session } from '@cometkit/core';
import type { Admission } from './authorize.ts';
import { answersIn } from './dialects/answers-in.ts';
import type { HandlerContext } from './handler-context.ts';
import { contextOf } from './session-context.ts';

// Timers look again after this time at most, in milliseconds: the clock may be set, and an ended session is not kept for days.
const lookMs = 60_000;
// A client has so long to show fresh credentials, or a fourth of the time that it was admitted for if that is less. In milliseconds.
const noticeMs = 30_000;
// In a cluster: the node where the client listens tells it, which may be this one at the next look. In milliseconds.
const againMs = 1000;
// As milliseconds this lies in 1973, as seconds in the year 5138.
const countedInSeconds = 1e11;
const secondsReason = '`expires` counts milliseconds, this looks like seconds';

/** When an admission ends, in Unix milliseconds. */
interface End {
  readonly at: number;
  /** When its client is asked for fresh credentials. */
  readonly noticeAt: number;
  told: boolean;
  cancel(): void;
}

/** The ends of admissions as the nodes of a cluster share them. */
export interface SharedEnds {
  write(session: Session): void;
  read(session: Session): Promise<number | undefined>;
}

const ends = new WeakMap<Session, End>();
const sharedOf = new WeakMap<Hub, SharedEnds>();

/** Shares the ends of admissions with other nodes. */
export function shareEnds(hub: Hub, shared: SharedEnds): void {
  sharedOf.set(hub, shared);
}

/** Sets the end that another node has given to the admission of a session, or the one that stands in its record by now. */
export async function heardEnd(
  handler: HandlerContext,
  session: Session,
  at: number | undefined,
): Promise<void> {
  if (at === endOf(session)) return;
  const read = sharedOf.get(handler.hub)?.read(session) ?? at;
  // Of an engine that has lost the record, or is away, the node that has set it knows best.
  const end = await Promise.resolve(read).catch(() => at);
  if (!session.closed && end !== endOf(session)) expire(handler, session, { expires: end });
}

/** Lets the application set the end of an admission through the hub; of several handlers the newest does. */
export function expires(handler: HandlerContext): void {
  handler.hub.on('session-closed', (session) => ends.get(session)?.cancel());
  handler.hub.expire = (session, at) => {
    if (typeof (session as Partial<Session> | undefined)?.leaveGroups !== 'function')
      throw new TypeError('the first argument must be a session');
    const time = typeof at === 'object' ? at?.getTime?.() : at;
    if (!Number.isFinite(time)) throw new RangeError('the second argument must be a time');
    if (isInSeconds(time)) throw new RangeError(secondsReason.replace('`expires`', 'the second argument'));
    setEnd(handler, session, { expires: time });
  };
}

/**
 * Refuses an admission that is over already.
 *
 * @throws {CometError} `not-authorized`.
 */
export function checkExpiry(handler: HandlerContext, admission: Admission): void {
  const at = timeOf(admission);
  if (at === undefined || at > handler.settings.runtime.wallTime()) return;
  if (isInSeconds(admission.expires)) handler.report(new RangeError(secondsReason), 'a join hook');
  const reason = 'the permission has expired';
  throw new CometError('not-authorized', reason, { reason });
}

/** When the admission of a session ends, in Unix milliseconds; undefined if it does not. */
export function endOf(session: Session): number | undefined {
  return ends.get(session)?.at;
}

/**
 * Ends a session when its admission expires; a new admission takes the place of the one before. Before that its client is told, and may
 * show fresh credentials. One that does not joins again where it was, with the headers that it has then, and the join hook is asked.
 */
export function expire(handler: HandlerContext, session: Session, admission: Admission): void {
  const at = timeOf(admission);
  const leftMs = at === undefined ? 0 : at - handler.settings.runtime.wallTime();
  watch(handler, session, at, Math.min(noticeMs, leftMs / 4));
}

/** As {@link expire}, for an admission that changes: the other nodes of a cluster learn of it. */
export function setEnd(handler: HandlerContext, session: Session, admission: Admission): void {
  if (session.closed) return;
  expire(handler, session, admission);
  sharedOf.get(handler.hub)?.write(session);
}

/** Asks the client of a session for fresh credentials now; the session ends without, if it does not end sooner. */
export function endSoon(handler: HandlerContext, session: Session, withinMs: number): void {
  const latest = handler.settings.runtime.wallTime() + withinMs;
  const at = Math.min(latest, endOf(session) ?? latest);
  watch(handler, session, at, withinMs);
  // Whichever node its client shows them to writes what they are good for.
  sharedOf.get(handler.hub)?.write(session);
}

function watch(handler: HandlerContext, session: Session, at: number | undefined, aheadMs: number): void {
  ends.get(session)?.cancel();
  ends.delete(session);
  if (at === undefined) return;
  const end = { at, noticeAt: at - aheadMs, told: false, cancel: () => undefined };
  ends.set(session, end);
  look(handler, session, end);
}

function look(handler: HandlerContext, session: Session, end: End): void {
  if (session.closed || ends.get(session) !== end) return;
  const { runtime } = handler.settings;
  const now = runtime.wallTime();
  if (now >= end.at) {
    over(handler, session, end);
    return;
  }
  if (!end.told && now >= end.noticeAt) end.told = tell(handler, session, end);
  const due = now < end.noticeAt ? end.noticeAt : now + againMs;
  const waitMs = Math.min((end.told ? end.at : due) - now, end.at - now, lookMs);
  end.cancel = runtime.later(() => look(handler, session, end), waitMs);
}

function over(handler: HandlerContext, session: Session, end: End): void {
  const { hub } = handler;
  const shared = sharedOf.get(hub);
  const leave = (): void => {
    if (ends.get(session) === end) hub.leave(session, 'revoked');
  };
  if (shared === undefined) {
    leave();
    return;
  }
  // Its client may have shown fresh credentials to another node.
  const read = (at: number | undefined): void => {
    if (ends.get(session) !== end) return;
    if (at !== undefined && at <= handler.settings.runtime.wallTime()) leave();
    else expire(handler, session, { expires: at });
  };
  shared.read(session).then(read, leave);
}

// It waits in the log for a client that is away. Those of the original protocol have no answer to it.
function tell({ hub }: HandlerContext, session: Session, { at }: End): boolean {
  const context = contextOf(session);
  if (hub.cluster !== undefined && !session.attached) return false;
  if (context !== undefined && answersIn(context.format).tellsKey)
    hub.send(session.id, '/$token', { expires: Math.round(at) }, { name: 'token', matching: 'prefix' });
  return true;
}

function isInSeconds(at: Admission['expires']): boolean {
  return typeof at === 'number' && at > 0 && at < countedInSeconds;
}

function timeOf({ expires: at }: Admission): number | undefined {
  return at instanceof Date ? at.getTime() : at;
}
