import type { Gap } from '@cometkit/core';
import type { ClientItem } from './items.ts';

/**
 * A bounded queue of items for a slow reader. What comes when it is full goes into one gap at its end, which grows until half
 * of the queue is free or the reader comes to it.
 */
export class Inbox {
  readonly #limit: number;
  readonly #closed: (gap: Gap) => void;
  readonly #items: ClientItem[] = [];
  // The gap at the end, while it may still grow.
  #lost: Gap | undefined = undefined;

  /**
   * @param limit - in items.
   * @param closed - is called once for each gap of its own, when it grows no more.
   */
  constructor(limit: number, closed: (gap: Gap) => void = () => undefined) {
    this.#limit = limit;
    this.#closed = closed;
  }

  /** Items that wait. */
  get length(): number {
    return this.#items.length;
  }

  /**
   * Adds an item, or counts it as lost.
   *
   * @param more - how many items more than the limit there is room for.
   */
  push(item: ClientItem, more = 0): void {
    const lost = this.#lost;
    const limit = this.#limit + more;
    const full = lost ? this.#items.length - 1 >= limit / 2 : this.#items.length >= limit;
    if (full) {
      if (lost) this.#items.pop();
      const { from, to } = item.kind === 'gap' ? item : { from: item.position, to: item.position };
      const first = lost?.from ?? from;
      this.#lost = {
        kind: 'gap',
        from: first,
        to,
        cursor: item.cursor,
        reason: 'overflow',
        count: undefined,
      };
    } else if (lost) this.#close(lost);
    this.#items.push(this.#lost ?? item);
  }

  /**
   * Takes the oldest item.
   *
   * @returns undefined when there is none.
   */
  shift(): ClientItem | undefined {
    const item = this.#items.shift();
    if (item !== undefined && item === this.#lost) this.#close(item);
    return item;
  }

  #close(gap: Gap): void {
    this.#lost = undefined;
    this.#closed(gap);
  }
}
