import { type Cursor, parseCursor, unproven } from './cursor.ts';
import { CometError } from './errors.ts';
import type { Gap } from './event.ts';
import type { Counters, HubParts } from './hub-internals.ts';
import type { EventLog, Resumability } from './log.ts';
import type { Session } from './session.ts';

/** Where a stream that is to continue after a cursor can continue. */
export interface ResumePoint {
  readonly cursor: Cursor;
  /** The position in this log. */
  readonly position: number;
  /** Why events in between are missing; undefined when none are. */
  readonly reason: Exclude<Resumability, 'resumable'> | undefined;
}

/** Finds where a stream can continue after a cursor. @returns undefined when the text is not a cursor. */
export function resumePoint(log: EventLog, text: string): ResumePoint | undefined {
  const cursor = parseCursor(text);
  if (cursor === undefined) return undefined;
  const found = log.check(cursor);
  if (found === 'resumable') return { cursor, position: cursor.position, reason: undefined };
  // Who waits for a place that does not come has made it up.
  const reason = found === 'ahead' ? 'fork' : found;
  return { cursor, position: log.resumeAfter(cursor), reason };
}

/** Finds where a subscription of another node begins. It is a number: the log may have let go of the place since. */
export function placeOfSubscription(log: EventLog, text: string): number {
  const point = resumePoint(log, text);
  if (point === undefined) return log.tail;
  const { cursor, position, reason } = point;
  // Too early does no harm: what the client has had is not given again.
  return reason === 'trimmed' || reason === undefined
    ? cursor.position
    : Math.min(cursor.position, position, log.tail);
}

/**
 * Returns whether the log acknowledges a cursor, which proves that the client got it from this hub. Any other may be made up, and
 * must not reveal events that were broadcast before its client joined.
 */
export function isProven({ reason, cursor }: ResumePoint): boolean {
  return reason === undefined && cursor.tag !== unproven;
}

/**
 * Finds where a stream can continue after a cursor.
 *
 * @throws {CometError} `invalid-cursor` — the text is not a cursor.
 */
export function pointOf(log: EventLog, text: string): ResumePoint {
  const point = resumePoint(log, text);
  if (point === undefined) throw new CometError('invalid-cursor', 'the cursor is not valid', {});
  return point;
}

/**
 * Counts everything up to a cursor as received.
 *
 * @returns false for a cursor that the session did not hand out, or that lies before what is acknowledged. That is counted as
 *   refused and changes nothing else.
 */
export function acknowledge(session: Session, counters: Counters, text: string): boolean {
  const place = session.placeOf(text);
  if (place !== undefined) return session.ack(place);
  counters.refusedAcks += 1;
  return false;
}

/**
 * Continues a session after the cursor that its client named, behind a gap if events are missing.
 *
 * Confirms everything that was handed out up to there. A cursor that the session cannot have given its client is counted as
 * refused, and unacknowledged items are given again.
 */
export function resume(
  session: Session,
  { log, counters, shared }: HubParts,
  text: string | undefined,
): void {
  const point = text === undefined ? undefined : resumePoint(log, text);
  if (text === undefined || point === undefined) {
    session.rewind();
    return;
  }
  const place = session.placeOf(text) ?? placeWithin(session, point);
  const forged = place === undefined && isForged(session, point, shared);
  if (place === undefined && !forged) {
    // A session that has listened counts from its join: the place may be the end of a gap that it gave itself.
    if (session.generation === 0 && isProven(point))
      session.interests.since = Math.min(session.interests.since, point.position);
    countResume(counters, point);
    jump(session, log, text, point);
    return;
  }
  if (place !== undefined) session.ack(place);
  else counters.refusedAcks += 1;
  session.rewind();
}

// A cursor between two items of the session is valid too: it may end another session's item.
function placeWithin({ acked, taken }: Session, { position, reason }: ResumePoint): number | undefined {
  return reason === undefined && position >= acked && position <= taken ? position : undefined;
}

// A client that never listened may name any cursor. Another epoch always gives a gap: an EventSource that missed the gap asks
// again from there.
function isForged(session: Session, { cursor, reason }: ResumePoint, shared: boolean): boolean {
  const { generation, acked, taken } = session;
  // What a client of many nodes names may have been given on any of them, also what has become of two histories: to give again what
  // this node takes for unacknowledged would repeat it. A lie harms the liar alone.
  if (shared) return false;
  if (generation === 0 || reason === 'epoch') return false;
  if (reason === 'fork') return true;
  const { position } = cursor;
  // Beyond what this session has handed out only the client's last session can have brought it.
  if (position > Math.max(acked, session.sent.reached)) return !session.sent.resumed;
  // A duplicated request may have moved the session back, so that the client may legitimately present a later cursor.
  return reason === 'trimmed' && position >= acked && position <= taken;
}

/** Counts a client that came back with a cursor but without its session: whether it can continue without a gap. */
export function countResume(counters: Counters, { reason }: ResumePoint): void {
  if (reason === undefined) counters.resumed += 1;
  else counters.resumedBehindGap += 1;
}

/** Moves a session to a position in the log, behind a gap when events before it are missing. */
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
