import type { Gap } from '@cometkit/core';
import type { ClientItem } from '../items.ts';
import type { Cursor } from './cursor.ts';
import type { Placed } from './wire.ts';

/**
 * Where the application stands: the only memory that delivery needs, and the only place where anything is found to be a
 * repeat.
 */
export interface Sequence {
  /** Cursor of the last item that was handed over; undefined before the first session. */
  at: Cursor | undefined;
  /** True until the present channel brings its first item. */
  firstItem: boolean;
  /** Holes found in a row. */
  holes: number;
}

/** What is to be done with an item: hand it over, forget it, or ask again from where the application stands. */
export type Verdict = 'take' | 'drop' | 'hole';

// The server is asked again this often before the application gets a gap.
const patience = 3;

/**
 * Checks the cursor at which a channel starts.
 *
 * @returns `hole` if it skips events without a gap, else `take`.
 */
export function judgeStart(sequence: Sequence, start: Cursor): Verdict {
  sequence.at ??= start;
  sequence.firstItem = true;
  const { at } = sequence;
  return at.text === start.text || (at.epoch === start.epoch && start.position < at.position)
    ? 'take'
    : 'hole';
}

/**
 * Decides what to do with an item, by its cursor. A gap may start another epoch, an event may not.
 */
export function judge({ at, firstItem }: Sequence, { place, item }: Placed): Verdict {
  if (at === undefined) return 'take';
  // The client's own gap stands for one event.
  const gap = item.kind === 'gap' && item.reason !== 'too-large';
  if (place.epoch !== at.epoch) return gap ? 'take' : 'hole';
  if (place.position > at.position) return 'take';
  // A log that lost its end goes back, and says so first thing on the channel that resumes there.
  if (gap && firstItem && item.reason === 'fork' && place.text !== at.text) return 'take';
  // One position, two events: the log was forked, and the server finds that out by our cursor.
  return place.position === at.position && place.text !== at.text ? 'hole' : 'drop';
}

/**
 * Moves to the place of an item that is handed over.
 *
 * @returns the item; a gap is cut to the part that was not passed yet.
 */
export function advance(sequence: Sequence, { place, item }: Placed): ClientItem {
  const { at } = sequence;
  sequence.at = place;
  sequence.firstItem = false;
  sequence.holes = 0;
  if (item.kind === 'data' || at?.epoch !== place.epoch) return item;
  return { ...item, from: Math.max(item.from, at.position + 1) };
}

/**
 * Counts a hole before a place.
 *
 * @returns undefined if the server should be asked again; after three holes in a row, a gap that covers everything up to `to`.
 */
export function countHole(sequence: Sequence, next: Cursor, to: number): Gap | undefined {
  const { at } = sequence;
  sequence.holes += 1;
  if (sequence.holes < patience || at === undefined) return undefined;
  const reason = at.epoch === next.epoch ? 'trimmed' : 'epoch';
  return { kind: 'gap', from: at.position + 1, to, cursor: next.text, reason, count: undefined };
}
