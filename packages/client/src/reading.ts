import { Inbox } from './inbox.ts';
import type { ClientItem } from './items.ts';
import type { SubscriptionOwner } from './subscription-owner.ts';

/**
 * What waits for the reader of a subscription. An iteration that is behind by half of its queue holds the server back until
 * no more than a fourth waits; what is kept for anybody else has to fit.
 */
export class Reading {
  readonly #owner: SubscriptionOwner;
  readonly #inbox: Inbox;
  #iterated = false;
  #holding = false;
  // Cursor of the last item that an iteration took.
  #taken: string | undefined = undefined;

  constructor(owner: SubscriptionOwner) {
    this.#owner = owner;
    this.#inbox = new Inbox(owner.queueLimit, (gap) => owner.lost(gap));
  }

  /** Items that wait. */
  get length(): number {
    return this.#inbox.length;
  }

  /** Takes note that somebody iterates. */
  iterate(): void {
    this.#iterated = true;
  }

  /** Takes note of an item that did not have to wait. */
  passed(item: ClientItem): void {
    this.#taken = item.cursor;
  }

  /** Keeps an item, or counts it as lost. */
  push(item: ClientItem): void {
    this.#inbox.push(item, this.#iterated ? this.#owner.brake?.more : 0);
    // Only what is taken shows that the reader is alive.
    if (!this.#holding) this.#balance();
  }

  /**
   * Takes the oldest item.
   *
   * @returns undefined when there is none.
   */
  shift(): ClientItem | undefined {
    const item = this.#inbox.shift();
    if (item === undefined) return undefined;
    this.#taken = item.cursor;
    this.#balance();
    this.#owner.read?.();
    return item;
  }

  /** Takes note that nothing more comes: what waits can still be taken. */
  end(): void {
    if (this.#holding) this.#owner.brake?.release();
    this.#iterated = this.#holding = false;
  }

  #balance(): void {
    const { brake, queueLimit } = this.#owner;
    const before = this.#holding;
    this.#holding = this.#iterated && this.length > queueLimit / (before ? 4 : 2);
    if (this.#holding) brake?.hold(this.#taken);
    else if (before) brake?.release();
  }
}
