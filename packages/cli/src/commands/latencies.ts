// A thousand clients with a thousand events a second each for a minute would not fit into memory one by one.
const stepMs = 0.1;
const steps = 100_000;

/** Durations, counted in steps of a tenth of a millisecond: the memory does not grow with their number. */
export class Latencies {
  readonly #counts = new Map<number, number>();
  /** How many there are. */
  count = 0;
  /** The shortest, in milliseconds. */
  least: number = Number.POSITIVE_INFINITY;
  #most: number = Number.NEGATIVE_INFINITY;

  /** Adds a duration in milliseconds. It may be negative, where two clocks differ. */
  add(ms: number): void {
    const step = Math.max(-steps * 1000, Math.min(steps * 1000, Math.round(ms / stepMs)));
    this.#counts.set(step, (this.#counts.get(step) ?? 0) + 1);
    this.count += 1;
    this.least = Math.min(this.least, ms);
    this.#most = Math.max(this.#most, ms);
  }

  /**
   * The median, the 99th percentile and the longest, in milliseconds with one digit behind the point.
   *
   * @param zero - what is taken away from each.
   */
  figures(zero = 0): { p50: number; p99: number; max: number } {
    const sorted = [...this.#counts].sort(([one], [other]) => one - other);
    const at = (share: number): number => {
      let rest = Math.ceil(this.count * share);
      for (const [step, count] of sorted) {
        rest -= count;
        if (rest <= 0) return round(step * stepMs - zero);
      }
      return 0;
    };
    return { p50: at(0.5), p99: at(0.99), max: round(this.#most - zero) };
  }
}

function round(ms: number): number {
  return Math.round(ms * 10) / 10;
}
