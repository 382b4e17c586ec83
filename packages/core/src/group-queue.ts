import type { Budget } from './budget.ts';
import { type CometEvent, type Item, positionOf } from './event.ts';
import type { Load } from './items.ts';
import { Queue, type QueueLimits } from './queue.ts';

const nothing: readonly Item[] = [];

/**
 * The events of a delivery group in log order: first those kept until members acknowledge them, then the batch being delivered,
 * then those that wait.
 */
export class GroupQueue {
  // Taken and kept, then what waits.
  readonly #queue: Queue;
  #batch = nothing;
  // What was given last, kept or not.
  #last: Item | undefined = undefined;
  // When each batch that is kept was delivered.
  #deliveries: { readonly to: number; readonly at: number }[] = [];

  constructor(limits: QueueLimits, budget: Budget) {
    this.#queue = new Queue(limits, budget);
  }

  /** Everything that is kept or waits. */
  get load(): Load {
    return this.#queue;
  }

  /** The batch that is being delivered; empty when none is. */
  get batch(): readonly Item[] {
    return this.#batch;
  }

  /** True when nothing waits and nothing is being delivered. */
  get level(): boolean {
    return this.#queue.waiting === 0 && this.#batch === nothing;
  }

  /** Adds the newest event. @returns false when it exceeds the bounds; the event is added nevertheless. */
  push(event: CometEvent): boolean {
    const fits = this.#queue.fits(event);
    this.#queue.push(event);
    return fits;
  }

  /** Begins the next batch. @returns the current batch again if it has not been delivered yet. */
  begin(maxItems: number, maxBytes: number): readonly Item[] {
    if (this.#batch === nothing) {
      const items = this.#queue.take(maxItems, maxBytes);
      this.#batch = items.length > 0 ? items : nothing;
    }
    return this.#batch;
  }

  /** Ends the batch. @param keep - whether a member has to acknowledge it. @param at - in whole monotonic milliseconds. */
  end(keep: boolean, at: number): void {
    const last = this.#batch.at(-1);
    this.#batch = nothing;
    if (last === undefined) return;
    this.#last = last;
    if (keep) this.#deliveries.push({ to: positionOf(last), at });
    else this.forget(positionOf(last));
  }

  /** Drops delivered events up to a position. Do not call it while a batch is being delivered. */
  forget(position: number): void {
    this.#queue.ack(position);
    if (this.#deliveries.length > 0) this.#deliveries = this.#deliveries.filter(({ to }) => to > position);
  }

  /** The newest item that was given after a position; `served` counts the batch that is being delivered. */
  lastGiven(served: boolean, after: number): Item | undefined {
    if (served) return this.#batch.at(-1);
    return this.#last !== undefined && positionOf(this.#last) > after ? this.#last : undefined;
  }

  /** What was given after a position and is kept; `served` counts the batch that is being delivered. */
  given(served: boolean, after: number): readonly Item[] {
    const given = this.#queue.takenAfter(after);
    return served ? given : given.slice(0, given.length - this.#batch.length);
  }

  /** What is still to be given; without `served` the batch too that is being delivered. */
  waiting(served: boolean): readonly Item[] {
    const waiting = this.#queue.held(true);
    return served ? waiting : [...this.#batch, ...waiting];
  }

  /** When an item that is kept was delivered, in whole monotonic milliseconds. @returns undefined while it is being delivered. */
  deliveredAt(position: number): number | undefined {
    return this.#deliveries.find(({ to }) => to >= position)?.at;
  }

  /** Drops everything. */
  clear(): void {
    this.#queue.clear();
    this.#deliveries = [];
    this.#batch = nothing;
  }
}
