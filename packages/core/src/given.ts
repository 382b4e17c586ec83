import type { Item } from './event.ts';
import { totalBytes } from './items.ts';
import type { HubLimits } from './options.ts';

/** What was delivered at one time. Units: monotonic milliseconds. */
export interface GivenBatch {
  readonly items: readonly Item[];
  readonly at: number;
}

/**
 * What a cohort was given, for the day that a member leaves: to clients that acknowledge all of it is still unconfirmed,
 * of others only the last item says where they stand.
 *
 * Shape: of the bounds of a queue a half is for what a member has unconfirmed when it comes, a half for what it is given
 * here. Once that is {@link full}, everybody has to leave.
 */
export class Given {
  readonly #unconfirmed: boolean;
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #batches: GivenBatch[] = [];
  #count = 0;
  #items = 0;
  #bytes = 0;

  constructor({ queueLimit, queueBytes }: HubLimits, unconfirmed: boolean) {
    this.#unconfirmed = unconfirmed;
    this.#maxItems = unconfirmed ? Math.floor(queueLimit / 2) : Number.POSITIVE_INFINITY;
    this.#maxBytes = unconfirmed ? Math.floor(queueBytes / 2) : Number.POSITIVE_INFINITY;
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

  add(items: readonly Item[], at: number): void {
    this.#count += 1;
    if (this.#unconfirmed) {
      this.#batches.push({ items, at });
      this.#items += items.length;
      this.#bytes += totalBytes(items);
    } else this.#batches = [{ items: items.slice(-1), at }];
  }

  /** What was given after so many batches. */
  since(count: number): readonly GivenBatch[] {
    const later = this.#count - count;
    return later > 0 ? this.#batches.slice(-later) : [];
  }

  /** How much of what was given after so many batches is unconfirmed. Units: items, and bytes of their events. */
  unconfirmedSince(count: number): { readonly size: number; readonly bytes: number } {
    if (!this.#unconfirmed) return { size: 0, bytes: 0 };
    const items = this.since(count).flatMap((batch) => batch.items);
    return { size: items.length, bytes: totalBytes(items) };
  }

  /** Forgets everything but the count: nobody is left to leave. */
  clear(): void {
    this.#batches = [];
    this.#items = this.#bytes = 0;
  }
}
