import type { QueueLimits } from './queue.ts';

/**
 * Decides when to check the members of a delivery group. A member may hold no more than a queue of its own would, and leaves
 * at half of that. Between two checks all groups of a member together take in at most a quarter.
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

  /** Notes that the members were checked. */
  reset(): void {
    this.due = false;
    this.#items = this.#bytes = 0;
  }
}
