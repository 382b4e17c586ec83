import type { CometEvent, Gap, Item } from './event.ts';
import type { HubParts } from './hub-internals.ts';
import { bytesOf, type Load } from './items.ts';
import type { Hole, LogEntry } from './log.ts';
import { type Next, walk } from './log-walk.ts';
import type { Queue } from './queue.ts';
import { type Reader, withheldGap } from './withhold.ts';

/** Why events are missing for a session that reads from the log: it was too slow (`overflow`), or away too long (`trimmed`). */
export type MissedBy = 'overflow' | 'trimmed';

/** Returns whether to leave out an event although the session wants it. */
export type Skips = (event: CometEvent) => boolean;

const everything: Load = { size: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };

/**
 * The part of the log that a session must still read, because its queue does not hold it.
 *
 * @remarks While there is a backlog, do not push events into the queue: they would overtake the backlog.
 */
export class Backlog {
  readonly #host: HubParts;
  readonly #missedBy: MissedBy;
  readonly #skips: Skips | undefined;
  #readFrom: number;
  #done = false;

  constructor(host: HubParts, readFrom: number, missedBy: MissedBy, skips?: Skips) {
    this.#host = host;
    this.#readFrom = readFrom;
    this.#missedBy = missedBy;
    this.#skips = skips;
  }

  /** True once everything was read. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Moves events from the log into the queue until the queue is full, or has so much more. Withheld events become gaps.
   *
   * @param most - how much is taken at once: what lies in a queue counts against the bounds of the hub, and readers that catch up through
   *   the same events get the same batches.
   * @returns the gap that it had to put first; undefined when the log still holds everything.
   */
  refill(queue: Queue, reader: Reader, most: Load = everything): Gap | undefined {
    const { log } = this.#host;
    const room = { size: queue.size + most.size, bytes: queue.bytes + most.bytes };
    const first = queue.size;
    const gap = this.#readFrom < log.base ? this.#gapTo(log.base) : undefined;
    if (gap !== undefined) {
      if (!hasRoom(queue, gap)) return undefined;
      queue.push(gap);
      this.#readFrom = gap.to;
    }
    const next = walk(log, this.#readFrom, reader.lookedFor);
    for (let entry = next(this.#readFrom); entry !== undefined; entry = next(this.#readFrom)) {
      const item = this.#itemOf(entry, reader, next);
      if (item !== undefined) {
        const enough = queue.size >= room.size || queue.bytes + bytesOf(item) > room.bytes;
        if ((enough && queue.size > first) || !hasRoom(queue, item)) return gap;
        queue.push(item);
      }
      this.#readFrom = item?.kind === 'gap' ? item.to : entry.position;
    }
    this.#done = true;
    return gap;
  }

  #itemOf(event: LogEntry, reader: Reader, next: Next): Item | undefined {
    if (event.kind === 'hole') return engineGap(event, this.#readFrom);
    if (reader.wants(event)) return this.#skips?.(event) === true ? undefined : event;
    return reader.withholds(event) && this.#skips?.(event) !== true
      ? this.#withheldFrom(event, reader, next)
      : undefined;
  }

  // One gap covers all withheld events up to the next event that is not withheld.
  #withheldFrom(first: CometEvent, reader: Reader, next: Next): Gap {
    let last = first;
    for (let event = next(first.position); event !== undefined; event = next(event.position)) {
      if (event.kind === 'hole') break;
      if (this.#skips?.(event) === true) continue;
      if (reader.wants(event)) break;
      if (reader.withholds(event)) last = event;
    }
    return withheldGap(first.position, last);
  }

  #gapTo(to: number): Gap {
    const cursor = this.#host.log.cursorAt(to) ?? '';
    return { kind: 'gap', from: this.#readFrom + 1, to, cursor, reason: this.#missedBy, count: undefined };
  }
}

/** Makes the gap for a hole of the log. @param passed - the position that the reader has passed already. */
export function engineGap({ from, position, cursor }: Hole, passed: number): Gap {
  const first = Math.max(from, passed + 1);
  return { kind: 'gap', from: first, to: position, cursor, reason: 'engine', count: undefined };
}

// An empty queue may always hold one item: a hub at its bounds must slow its readers down, not starve them. Any other
// may not, not even a gap, or a client that acknowledges nothing would gather gaps.
function hasRoom(queue: Queue, item: Item): boolean {
  return queue.size === 0 || queue.fits(item);
}
