import { type Cursor, parseCursor } from './cursor.ts';
import type { Gap, GapReason } from './event.ts';
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
 * Lets a session's next answer go on after a cursor that its client named, behind a gap if need be.
 *
 * A cursor between what is confirmed and what was taken confirms. One
 * ahead of all that this session handed out proves nothing and is ignored, as is text that is no cursor: then what was
 * not confirmed is given again.
 */
export function resume(session: Session, log: EventLog, text: string | undefined): void {
  const point = text === undefined ? undefined : resumePoint(log, text);
  if (text === undefined || point === undefined) session.rewind();
  else if (isWithin(session, log, point)) {
    session.confirm(point.cursor.position);
    session.rewind();
  } else if (session.generation > 0 && point.position > session.taken && point.reason === undefined) {
    session.rewind();
  } else jump(session, log, text, point);
}

/** Moves a session to a place in the log, behind a gap when something before that place is missing. */
export function jump(session: Session, log: EventLog, text: string, point: ResumePoint): void {
  const { position, reason, cursor } = point;
  if (reason === undefined) {
    session.seek(position, text);
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
  session.seek(position, text, gap);
}

// The session knows what it holds even where the log has moved on, so `trimmed` does not matter here.
function isWithin(session: Session, log: EventLog, { cursor, reason }: ResumePoint): boolean {
  if (cursor.epoch !== log.epoch || reason === 'fork') return false;
  return cursor.position >= session.confirmed && cursor.position <= session.taken;
}
