import type { Budget } from './budget.ts';
import { type Item, positionOf } from './event.ts';
import { bytesOf, totalBytes } from './items.ts';

/** The bounds of one queue. */
export interface QueueLimits {
  readonly queueLimit: number;
  readonly queueBytes: number;
}

const none: Item[] = [];

/**
 * References to the unacknowledged items of one session, oldest first: those already taken, then those that wait.
 *
 * It never copies an event. A single item, the usual case for a reader that keeps up, is stored in a field of its own, because
 * the cost of a delivery is the memory that it touches.
 */
export class Queue {
  #only: Item | undefined = undefined;
  // Never written to while it is the shared empty one.
  #items: Item[] = none;
  #head = 0;
  #next = 0;
  #bytes = 0;
  readonly #budget: Budget;
  readonly #limits: QueueLimits;

  constructor(limits: QueueLimits, budget: Budget) {
    this.#limits = limits;
    this.#budget = budget;
  }

  /** Items held, taken or not. */
  get size(): number {
    return this.#length - this.#head;
  }

  /** Items not taken yet. */
  get waiting(): number {
    return this.#length - this.#next;
  }

  /** The oldest item not taken yet. */
  get firstWaiting(): Item | undefined {
    return this.#all()[this.#next];
  }

  /** Returns the items held, oldest first; with `waiting` only those not taken yet. */
  held(waiting: boolean): readonly Item[] {
    return this.#all().slice(waiting ? this.#next : this.#head);
  }

  /** Returns the taken, unacknowledged items after a position, oldest first. */
  takenAfter(position: number): readonly Item[] {
    const items = this.#all();
    let first = this.#head;
    for (let end = this.#next; first < end; ) {
      const middle = (first + end) >> 1;
      const item = items[middle];
      if (item !== undefined && positionOf(item) <= position) first = middle + 1;
      else end = middle;
    }
    return items.slice(first, this.#next);
  }

  /** True while the bytes held keep to their bound, and all queues together to theirs. */
  get withinBounds(): boolean {
    return this.#bytes <= this.#limits.queueBytes && this.#budget.open;
  }

  /** Estimated bytes of the items held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Returns whether an item still fits into the bounds of this queue, and all queues together keep to theirs. */
  fits(item: Item): boolean {
    return this.hasRoom(item) && this.#budget.open;
  }

  /** Returns whether an item still fits into the bounds of this queue. An empty one takes any item. */
  hasRoom(item: Item): boolean {
    if (this.size === 0) return true;
    const { queueLimit, queueBytes } = this.#limits;
    return this.size < queueLimit && this.#bytes + bytesOf(item) <= queueBytes;
  }

  /** Finds the position of the taken item that ends at a cursor. @returns undefined when there is none. */
  placeOf(cursor: string): number | undefined {
    if (this.#next === this.#head) return undefined;
    if (this.#only !== undefined) return this.#only.cursor === cursor ? positionOf(this.#only) : undefined;
    for (let place = this.#head; place < this.#next; place += 1) {
      const item = this.#items[place];
      if (item?.cursor === cursor) return positionOf(item);
    }
    return undefined;
  }

  /** Adds the newest item. Check {@link fits} first, unless the item must exceed the bounds. */
  push(item: Item): void {
    if (this.#length === 0) this.#only = item;
    else this.#all().push(item);
    this.#count(1, bytesOf(item));
  }

  /**
   * Takes the next items and keeps them until acknowledged.
   *
   * @returns oldest first; at least one while any waits, however large.
   */
  take(maxItems: number, maxBytes: number): readonly Item[] {
    const start = this.#next;
    if (this.#only !== undefined) return maxItems >= 1 ? this.#takeOnly(this.#only) : none;
    if (this.waiting <= maxItems && this.#bytes <= maxBytes) this.#next = this.#items.length;
    let bytes = 0;
    while (this.#next < this.#items.length && this.#next - start < maxItems) {
      bytes += bytesOf(this.#items[this.#next]);
      if (bytes > maxBytes && this.#next > start) break;
      this.#next += 1;
    }
    return this.#items.slice(start, this.#next);
  }

  /** Drops the taken items up to a position. @returns the last dropped item; undefined when there was none. */
  ack(position: number): Item | undefined {
    if (this.#only !== undefined) return this.#ackOnly(this.#only, position);
    let last: Item | undefined;
    let bytes = 0;
    const start = this.#head;
    for (; this.#head < this.#next; this.#head += 1) {
      const item = this.#items[this.#head];
      if (item === undefined || positionOf(item) > position) break;
      last = item;
      bytes += bytesOf(item);
    }
    if (last === undefined) return undefined;
    this.#count(start - this.#head, -bytes);
    this.#compact();
    return last;
  }

  /** Lets what was taken and not acknowledged be taken again. */
  rewind(): void {
    this.#next = this.#head;
  }

  /** Forgets everything. */
  clear(): void {
    this.#count(-this.size, -this.#bytes);
    this.#reset();
  }

  /** Replaces the waiting items. */
  replaceWaiting(replace: (waiting: readonly Item[]) => Item[]): void {
    const items = this.#all();
    const waiting = items.slice(this.#next);
    const replacement = replace(waiting);
    this.#items = [...items.slice(0, this.#next), ...replacement];
    this.#count(replacement.length - waiting.length, totalBytes(replacement) - totalBytes(waiting));
  }

  get #length(): number {
    return this.#only === undefined ? this.#items.length : 1;
  }

  /** The items as a list, the lone one too. */
  #all(): Item[] {
    if (this.#only === undefined) return this.#items;
    this.#items = [this.#only];
    this.#only = undefined;
    return this.#items;
  }

  #takeOnly(item: Item): readonly Item[] {
    if (this.#next > 0) return none;
    this.#next = 1;
    return [item];
  }

  #ackOnly(item: Item, position: number): Item | undefined {
    if (this.#next === 0 || positionOf(item) > position) return undefined;
    this.#count(-1, -bytesOf(item));
    this.#only = undefined;
    this.#next = 0;
    return item;
  }

  #reset(): void {
    this.#only = undefined;
    this.#items = none;
    this.#head = 0;
    this.#next = 0;
  }

  #count(items: number, bytes: number): void {
    this.#bytes += bytes;
    this.#budget.events += items;
    this.#budget.bytes += bytes;
  }

  // Acknowledged slots are freed in one sweep once they are the majority, so that acknowledging stays O(1) each.
  #compact(): void {
    if (this.#head === this.#items.length) {
      this.#reset();
    } else if (this.#head > 32 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#next -= this.#head;
      this.#head = 0;
    }
  }
}
