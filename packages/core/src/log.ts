import type { Cursor } from './cursor.ts';
import type { CometEvent, GapReason } from './event.ts';

/** Whether a stream can continue at a cursor without losing events, or why it cannot. */
export type Resumability = 'resumable' | Extract<GapReason, 'epoch' | 'fork' | 'trimmed' | 'engine'>;

/** Positions of a shared log that its engine has lost, or never gave: a log that is alone has none. */
export interface Hole {
  readonly kind: 'hole';
  /** The first of them. */
  readonly from: number;
  /** The last of them. */
  readonly position: number;
  /** The cursor after it, as text. */
  readonly cursor: string;
}

/** What a reader of the log comes across. */
export type LogEntry = CometEvent | Hole;

/**
 * The ordered, bounded record of all accepted events. A session is a cursor into it.
 *
 * Positions rise. In a log that is alone they count from 1 without holes; a shared one may leave some out.
 */
export interface EventLog {
  readonly epoch: string;
  /** The last position that the log no longer holds; 0 at first. */
  readonly base: number;
  /** The newest position. */
  readonly tail: number;
  /** Events held now. */
  readonly size: number;
  /** Estimated bytes of the events held now. */
  readonly bytes: number;
  /** Returns the event at a position; undefined unless `base` < position ≤ `tail`. */
  at(position: number): CometEvent | undefined;
  /** Returns the first entry after a position; undefined when there is none. */
  next(position: number): LogEntry | undefined;
  /** Returns the last entry before a position; undefined when the log no longer holds one. */
  previous(position: number): LogEntry | undefined;
  /** Returns the cursor after a position as text; undefined when the log no longer knows the event there. */
  cursorAt(position: number): string | undefined;
  /** Returns whether a stream can continue after a cursor, or why it cannot. `ahead`: the place may still come. */
  check(cursor: Cursor): Resumability | 'ahead';
  /** Returns the position after which a stream goes on that cannot continue at a cursor, behind a gap. */
  resumeAfter(cursor: Cursor): number;
  /** Drops events older than the age limit. `now` is in monotonic milliseconds. */
  trim(now: number): void;
}
