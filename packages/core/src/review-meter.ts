import type { QueueLimits } from './queue.ts';

/**
 * Knows when the members of a delivery group have to be looked at: each may hold no more than a queue of its own would, and
 * is let go at half of that. Between two looks all groups of a member together take in no more than a quarter.
 */
export class ReviewMeter {
  /** True when it is time. */
  due = false;
  readonly #limits: QueueLimits;
  #items = 0;
  #bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /**
   * Counts an event that was taken in.
   *
   * @param bytes - as they are estimated.
   * @param breadth - the most groups that a member is in.
   */
  count(bytes: number, breadth: number): void {
    this.#items += 1;
    this.#bytes += bytes;
    const { queueLimit, queueBytes } = this.#limits;
    const share = 4 * breadth;
    if (this.#items >= queueLimit / share || this.#bytes >= queueBytes / share) this.due = true;
  }

  /** The members were looked at. */
  reset(): void {
    this.due = false;
    this.#items = this.#bytes = 0;
  }
}
