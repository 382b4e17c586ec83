import type { Budget } from './budget.ts';
import { type Item, positionOf } from './event.ts';
import { totalBytes } from './items.ts';
import type { HubParts } from './session-host.ts';

/** What was delivered at one time, and the place that it ended at. Units: monotonic milliseconds. */
export interface GivenBatch {
  /** Empty where nobody will ask for them: for clients that do not acknowledge. */
  readonly items: readonly Item[];
  readonly position: number;
  readonly cursor: string;
  readonly at: number;
}

/**
 * What a cohort was given, for the day that a member leaves: to clients that acknowledge all of it is still unconfirmed,
 * of others only the place is known.
 *
 * Shape: of the bounds of a queue a half is for what a member has unconfirmed when it comes, a half for what it is given
 * here. Once that is {@link full}, everybody has to leave. It counts against the bounds of all queues like one of them.
 */
export class Given {
  readonly #unconfirmed: boolean;
  readonly #maxItems: number;
  readonly #maxBytes: number;
  readonly #budget: Budget;
  #batches: GivenBatch[] = [];
  #count = 0;
  #items = 0;
  #bytes = 0;

  constructor({ limits: { queueLimit, queueBytes }, budget }: HubParts, unconfirmed: boolean) {
    this.#unconfirmed = unconfirmed;
    this.#maxItems = unconfirmed ? Math.floor(queueLimit / 2) : Number.POSITIVE_INFINITY;
    this.#maxBytes = unconfirmed ? Math.floor(queueBytes / 2) : Number.POSITIVE_INFINITY;
    this.#budget = budget;
  }

  /** Batches so far. */
  get count(): number {
    return this.#count;
  }

  /** Says whether so much may still be given. Units: items, and bytes of their events. */
  hasRoom(items: number, bytes: number): boolean {
    return this.#items + items <= this.#maxItems && this.#bytes + bytes <= this.#maxBytes;
  }

  /** True when nothing more may be given. */
  get full(): boolean {
    return !this.hasRoom(1, 1);
  }

  add(items: readonly Item[], last: Item, at: number): void {
    const batch = this.batchOf(items, last, at);
    this.#count += 1;
    if (this.#unconfirmed) this.#batches.push(batch);
    else this.#batches = [batch];
    this.#counts(batch.items.length, totalBytes(batch.items));
  }

  /** A batch as a member takes it along. */
  batchOf(items: readonly Item[], last: Item, at: number): GivenBatch {
    const kept = this.#unconfirmed ? items : [];
    return { items: kept, position: positionOf(last), cursor: last.cursor, at };
  }

  /** What was given after so many batches. */
  since(count: number): readonly GivenBatch[] {
    const later = this.#count - count;
    return later > 0 ? this.#batches.slice(-later) : [];
  }

  /** Forgets everything but the count: nobody is left to leave. */
  clear(): void {
    this.#batches = [];
    this.#counts(-this.#items, -this.#bytes);
  }

  #counts(items: number, bytes: number): void {
    this.#items += items;
    this.#bytes += bytes;
    this.#budget.events += items;
    this.#budget.bytes += bytes;
  }
}
