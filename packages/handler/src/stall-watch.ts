/** Something that must move on before a deadline. */
export interface Stallable {
  /** Called when it did not. */
  stalled(): void;
}

/** The clock and the timer that the watch runs by. */
export interface WatchRuntime {
  now(): number;
  later(task: () => void, delayMs: number): () => void;
}

/**
 * Watches those few outlets that do not take bytes, with one timer for all and none while there are none.
 *
 * Units: `limitMs` from {@link StallWatch.add} to `stalled()`.
 */
export class StallWatch {
  readonly #runtime: WatchRuntime;
  readonly #limitMs: number;
  // A Map keeps the order of arrival, and with one limit for all that is the order of the deadlines.
  readonly #deadlines = new Map<Stallable, number>();
  #cancel: (() => void) | undefined = undefined;

  constructor(runtime: WatchRuntime, limitMs: number) {
    this.#runtime = runtime;
    this.#limitMs = limitMs;
  }

  /** Starts to watch; one that is watched already keeps its deadline. */
  add(stallable: Stallable): void {
    if (this.#deadlines.has(stallable)) return;
    this.#deadlines.set(stallable, this.#runtime.now() + this.#limitMs);
    this.#cancel ??= this.#runtime.later(() => this.#look(), this.#limitMs);
  }

  /** Stops to watch. */
  remove(stallable: Stallable): void {
    if (this.#deadlines.delete(stallable) && this.#deadlines.size === 0) this.#rest();
  }

  /** Lets go of all that are watched, at once. */
  giveUp(): void {
    this.#rest();
    const watched = [...this.#deadlines.keys()];
    this.#deadlines.clear();
    for (const stallable of watched) stallable.stalled();
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#runtime.now();
    for (const [stallable, deadline] of this.#deadlines) {
      if (deadline > now) {
        this.#cancel = this.#runtime.later(() => this.#look(), deadline - now);
        return;
      }
      this.#deadlines.delete(stallable);
      stallable.stalled();
    }
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
