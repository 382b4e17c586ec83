import type { CometEvent, Gap, Item } from './event.ts';
import type { Queue } from './queue.ts';
import type { HubParts } from './session-host.ts';

/** Why a session that reads from the log finds something missing: it was too slow, or too long away. */
export type MissedBy = 'overflow' | 'trimmed';

/** Says which wanted events are left out of this reading all the same. */
export type Skips = (event: CometEvent) => boolean;

/**
 * What a session has still to read from the log after a position, because its queue does not hold it.
 *
 * Shape: while there is a backlog, no event may be pushed into the queue, for it would jump the line.
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
   * Moves what the log holds into the queue, as far as that has room; `wants` says what is meant for the session.
   *
   * Shape: the gap that it had to put first, undefined when the log still holds everything.
   */
  refill(queue: Queue, wants: (event: CometEvent) => boolean): Gap | undefined {
    const { log } = this.#host;
    const gap = this.#readFrom < log.base ? this.#gapTo(log.base) : undefined;
    if (gap !== undefined) {
      if (!hasRoom(queue, gap)) return undefined;
      queue.push(gap);
      this.#readFrom = gap.to;
    }
    for (let event = log.at(this.#readFrom + 1); event !== undefined; event = log.at(this.#readFrom + 1)) {
      if (wants(event) && this.#skips?.(event) !== true) {
        if (!hasRoom(queue, event)) return gap;
        queue.push(event);
      }
      this.#readFrom += 1;
    }
    this.#done = true;
    return gap;
  }

  #gapTo(to: number): Gap {
    const cursor = this.#host.log.cursorAt(to) ?? '';
    return { kind: 'gap', from: this.#readFrom + 1, to, cursor, reason: this.#missedBy, count: undefined };
  }
}

// An empty queue may always hold one item: a hub at its bounds must slow its readers down, not starve them. Any other
// may not, not even a gap, or a client that confirms nothing would gather gaps.
function hasRoom(queue: Queue, item: Item): boolean {
  return queue.size === 0 || queue.fits(item);
}
