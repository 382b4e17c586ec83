import { type Cursor, parseCursor } from './cursor.ts';
import { CometError } from './errors.ts';
import type { Gap, GapReason } from './event.ts';
import type { Counters, HubParts } from './hub-internals.ts';
import type { EventLog } from './log.ts';
import type { Session } from './session.ts';

/**
 * Where a stream can go on that is to continue after a cursor.
 *
 * Shape: the position in this log; `reason` is why something in between is missing, undefined when nothing is.
 */
export interface ResumePoint {
  readonly cursor: Cursor;
  readonly position: number;
  readonly reason: Extract<GapReason, 'epoch' | 'fork' | 'trimmed'> | undefined;
}

/** Finds the place in the log for the text of a cursor. Shape: undefined when the text is not a cursor. */
export function resumePoint(log: EventLog, text: string): ResumePoint | undefined {
  const cursor = parseCursor(text);
  if (cursor === undefined) return undefined;
  const found = log.check(cursor);
  if (found === 'resumable') return { cursor, position: cursor.position, reason: undefined };
  // Another incarnation of the log: all of this one is new to the client. A fork of the same one: nothing is certain.
  return { cursor, position: found === 'fork' ? log.tail : log.base, reason: found };
}

/**
 * Returns whether a cursor is the place of an event that the log holds, so that its bearer was given it. Any other can be
 * made up, and must not open what was addressed to everybody before its bearer came.
 */
export function isProven({ reason }: ResumePoint): boolean {
  return reason === undefined;
}

/**
 * The same for a cursor that must be one.
 *
 * @throws CometError `invalid-cursor`.
 */
export function pointOf(log: EventLog, text: string): ResumePoint {
  const point = resumePoint(log, text);
  if (point === undefined) throw new CometError('invalid-cursor', 'the cursor is not valid', {});
  return point;
}

/**
 * Counts everything up to a cursor as received.
 *
 * Shape: false, and nothing changes, for a cursor that the session did not hand out, or that confirmation has passed: a
 * forged, foreign, early or late acknowledgement is only counted.
 */
export function acknowledge(session: Session, counters: Counters, text: string): boolean {
  const place = session.placeOf(text);
  if (place !== undefined) return session.confirm(place);
  counters.refusedAcks += 1;
  return false;
}

/**
 * Lets a session's next answer go on after a cursor that its client named, behind a gap if need be.
 *
 * What was handed out up to there is confirmed. A place that this session cannot have given its client proves nothing:
 * it is counted, and what was not confirmed is given again.
 */
export function resume(session: Session, { log, counters }: HubParts, text: string | undefined): void {
  const point = text === undefined ? undefined : resumePoint(log, text);
  if (text === undefined || point === undefined) {
    session.rewind();
    return;
  }
  const place = session.placeOf(text) ?? placeWithin(session, point);
  const forged = place === undefined && isForged(session, point);
  if (place === undefined && !forged) {
    if (isProven(point)) session.interests.since = Math.min(session.interests.since, point.position);
    countResume(counters, point);
    jump(session, log, text, point);
    return;
  }
  if (place !== undefined) session.confirm(place);
  else counters.refusedAcks += 1;
  session.rewind();
}

// Between two of its items a session may stand where another's ended.
function placeWithin({ confirmed, taken }: Session, { position, reason }: ResumePoint): number | undefined {
  return reason === undefined && position >= confirmed && position <= taken ? position : undefined;
}

// One that never listened may come from anywhere. Another epoch is told as a gap, however often it is named: an
// EventSource that never heard of the gap asks again from there.
function isForged(session: Session, { cursor, reason }: ResumePoint): boolean {
  const { generation, confirmed, taken } = session;
  if (generation === 0 || reason === 'epoch') return false;
  if (reason === 'fork') return true;
  const { position } = cursor;
  if (position > Math.max(confirmed, session.sent.reached)) return true;
  // A request that came twice may have moved the session back behind its client, who then names a later place with right.
  return reason === 'trimmed' && position >= confirmed && position <= taken;
}

/** Counts a client that came back without its old session and named a place: whether it can go on there without a gap. */
export function countResume(counters: Counters, { reason }: ResumePoint): void {
  if (reason === undefined) counters.resumed += 1;
  else counters.resumedBehindGap += 1;
}

/** Moves a session to a place in the log, behind a gap when something before that place is missing. */
export function jump(session: Session, log: EventLog, text: string, point: ResumePoint): void {
  const { position, reason, cursor } = point;
  if (reason === undefined) {
    session.ownOutbox().seek(position, text);
    return;
  }
  const next = log.cursorAt(position) ?? '';
  const gap: Gap = {
    kind: 'gap',
    from: cursor.position + 1,
    to: position,
    cursor: next,
    reason,
    count: undefined,
  };
  session.ownOutbox().seek(position, text, gap);
}
