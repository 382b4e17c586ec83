import type { Cursor } from './cursor.ts';
import type { CometEvent, EventDraft, GapReason } from './event.ts';

/** Whether a stream can continue at a cursor without losing events, or why it cannot. */
export type Resumability = 'resumable' | Extract<GapReason, 'epoch' | 'fork' | 'trimmed'>;

/**
 * The ordered, bounded record of all accepted events. A session is a cursor into it.
 *
 * Positions count from 1 in each epoch, without holes.
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
  /** Gives an event its position and keeps it. `now` is in monotonic milliseconds. */
  append(draft: EventDraft, now: number): CometEvent;
  /** Returns the event at a position; undefined unless `base` < position ≤ `tail`. */
  at(position: number): CometEvent | undefined;
  /** Returns the cursor after a position as text; undefined when the log no longer knows the event there. */
  cursorAt(position: number): string | undefined;
  /** Returns whether a stream can continue after a cursor, or why it cannot. */
  check(cursor: Cursor): Resumability;
  /** Drops events older than the age limit. `now` is in monotonic milliseconds. */
  trim(now: number): void;
}
