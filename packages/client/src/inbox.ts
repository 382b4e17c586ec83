import type { Gap } from '@cometkit/core';
import type { ClientItem } from './items.ts';

/** A bounded queue of items for a slow reader: what comes when it is full is told by one gap at its end. */
export class Inbox {
  readonly #limit: number;
  readonly #items: ClientItem[] = [];
  #lost: Gap | undefined = undefined;

  /** @param limit in items. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Items that wait. */
  get length(): number {
    return this.#items.length;
  }

  /** Adds an item. Shape: the gap that stands for it when there was no room. */
  push(item: ClientItem): Gap | undefined {
    const full = this.#items.length >= this.#limit;
    if (full) {
      const { from, to } = item.kind === 'gap' ? item : { from: item.position, to: item.position };
      if (this.#lost) this.#items.pop();
      const first = this.#lost?.from ?? from;
      this.#lost = {
        kind: 'gap',
        from: first,
        to,
        cursor: item.cursor,
        reason: 'overflow',
        count: undefined,
      };
    } else this.#lost = undefined;
    this.#items.push(this.#lost ?? item);
    return this.#lost;
  }

  /** Takes the oldest item. Shape: undefined when there is none. */
  shift(): ClientItem | undefined {
    return this.#items.shift();
  }
}
