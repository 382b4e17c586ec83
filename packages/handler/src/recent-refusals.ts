const rememberMs = 2000;
const maxKept = 4096;

/**
 * Data channels that were refused, or whose place another has taken, a moment ago: when the same is asked for again at
 * once, its client is one that does not understand why.
 *
 * At most 4096 are kept, the oldest go first.
 */
export class RecentRefusals {
  readonly #now: () => number;
  readonly #times = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Keeps in mind that the request was refused. */
  add(key: string): void {
    this.#times.delete(key);
    this.#times.set(key, this.#now());
    const [oldest] = this.#times.keys();
    if (this.#times.size > maxKept && oldest !== undefined) this.#times.delete(oldest);
  }

  /** Forgets the request. @returns whether it was refused in the last 2000 ms. */
  take(key: string): boolean {
    const time = this.#times.get(key);
    this.#times.delete(key);
    return time !== undefined && this.#now() - time < rememberMs;
  }
}
