const rememberMs = 2000;
const maxKept = 4096;

/**
 * Remembers data channels that were refused or superseded a moment ago: a client that asks for the same channel again
 * immediately did not understand the reason.
 *
 * @remarks
 * At most 4096 are kept; the oldest are dropped first.
 */
export class RecentRefusals {
  readonly #now: () => number;
  readonly #times = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Remembers that the request was refused. */
  add(key: string): void {
    this.#times.delete(key);
    this.#times.set(key, this.#now());
    const [oldest] = this.#times.keys();
    if (this.#times.size > maxKept && oldest !== undefined) this.#times.delete(oldest);
  }

  /**
   * Forgets the request.
   *
   * @returns whether it was refused in the last 2000 ms.
   */
  take(key: string): boolean {
    const time = this.#times.get(key);
    this.#times.delete(key);
    return time !== undefined && this.#now() - time < rememberMs;
  }
}
