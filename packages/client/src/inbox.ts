import type { Gap } from '@cometkit/core';
import type { ClientItem } from './items.ts';

/** A bounded queue of items for a slow reader: what comes when it is full is counted in one gap at its end. */
export class Inbox {
  readonly #limit: number;
  readonly #items: ClientItem[] = [];
  #lost: Gap | undefined = undefined;
  #count = 0;

  /** @param limit in items. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds an item. Shape: the gap that stands for it when there was no room. */
  push(item: ClientItem): Gap | undefined {
    const lost = this.#lost;
    if (this.#items.length < this.#limit) {
      this.#lost = undefined;
      this.#items.push(item);
      return undefined;
    }
    const { from, to } = item.kind === 'gap' ? item : { from: item.position, to: item.position };
    // How many events a gap stands for is not known, so from then on the sum is not either.
    this.#count = (lost === undefined ? 0 : this.#count) + (item.kind === 'gap' ? Number.NaN : 1);
    if (lost !== undefined) this.#items.pop();
    const { cursor } = item;
    this.#lost = {
      kind: 'gap',
      from: lost?.from ?? from,
      to,
      cursor,
      reason: 'overflow',
      count: this.#count || undefined,
    };
    this.#items.push(this.#lost);
    return this.#lost;
  }

  /** Takes the oldest item. Shape: undefined when there is none. */
  shift(): ClientItem | undefined {
    return this.#items.shift();
  }
}
