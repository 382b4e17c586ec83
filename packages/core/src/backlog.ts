import type { CometEvent, Gap, Item } from './event.ts';
import type { Queue } from './queue.ts';
import type { HubParts } from './session-host.ts';

/** Why a session that reads from the log finds something missing: it was too slow, or too long away. */
export type MissedBy = 'overflow' | 'trimmed';

/**
 * What a session has still to read from the log, because its queue does not hold it.
 *
 * Shape: either nothing, or everything after one position; then no event may be pushed into the queue, for it would jump
 * the line.
 */
export class Backlog {
  readonly #host: HubParts;
  readonly #wants: (event: CometEvent) => boolean;
  #open = false;
  #readFrom = 0;
  #missedBy: MissedBy = 'trimmed';

  /** @param wants says whether an event of the log is meant for the session; runs no foreign code. */
  constructor(host: HubParts, wants: (event: CometEvent) => boolean) {
    this.#host = host;
    this.#wants = wants;
  }

  /** True while there may be something to read. */
  get open(): boolean {
    return this.#open;
  }

  /** From now on everything after a position is read from the log. */
  begin(position: number, missedBy: MissedBy): void {
    this.#readFrom = position;
    this.#missedBy = missedBy;
    this.#open = true;
  }

  /** Forgets what was to be read. */
  end(): void {
    this.#open = false;
  }

  /**
   * Moves what the log holds into the queue, as far as that has room.
   *
   * Shape: the gap that it had to put first, undefined when the log still holds everything.
   */
  refill(queue: Queue): Gap | undefined {
    if (!this.#open) return undefined;
    const { log } = this.#host;
    const gap = this.#readFrom < log.base ? this.#gapTo(log.base) : undefined;
    if (gap !== undefined) {
      if (!hasRoom(queue, gap)) return undefined;
      queue.push(gap);
      this.#readFrom = gap.to;
    }
    for (let event = log.at(this.#readFrom + 1); event !== undefined; event = log.at(this.#readFrom + 1)) {
      if (this.#wants(event)) {
        if (!hasRoom(queue, event)) return gap;
        queue.push(event);
      }
      this.#readFrom += 1;
    }
    this.#open = false;
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
