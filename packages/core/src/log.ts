import type { Cursor } from './cursor.ts';
import type { CometEvent, EventDraft, GapReason } from './event.ts';

/** What a log says of a cursor: that the stream can go on there without a hole, or why it cannot. */
export type Resumability = 'resumable' | Extract<GapReason, 'epoch' | 'fork' | 'trimmed'>;

/**
 * The ordered, bounded record of everything accepted: a session is a cursor into it.
 *
 * Units: positions count from 1 in each epoch and are dense here; `base` is the last position no longer held (0 at
 * first), `tail` the newest.
 */
export interface EventLog {
  readonly epoch: string;
  readonly base: number;
  readonly tail: number;
  /** Events and bytes held now. */
  readonly size: number;
  readonly bytes: number;
  /** Gives an event its place and keeps it. */
  append(draft: EventDraft, now: number): CometEvent;
  /** The event at a position; undefined outside of `base` < position ≤ `tail`. */
  at(position: number): CometEvent | undefined;
  /** Text of the place after a position. Shape: undefined where the log no longer knows the event there. */
  cursorAt(position: number): string | undefined;
  /** Says whether a stream can go on after a cursor. */
  check(cursor: Cursor): Resumability;
  /** Forgets what is older than the age limit. Units: monotonic milliseconds. */
  trim(now: number): void;
}
