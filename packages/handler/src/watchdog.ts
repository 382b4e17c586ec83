/** Something that must make progress before a deadline. */
export interface Stallable {
  /** Called when the deadline has passed. */
  stalled(): void;
}

/** The clock and the timer of a {@link Watchdog}. */
export interface WatchRuntime {
  now(): number;
  later(task: () => void, delayMs: number): () => void;
}

// A timer that fires this much too late shows that the process was blocked, not the watched objects. In milliseconds.
const lateMs = 1000;

/**
 * Calls `stalled()` on each watched object that has not been removed within a time limit, with one timer for all, and
 * none while nothing is watched.
 *
 * @remarks
 * The limit runs from {@link Watchdog.add}. All deadlines restart when the process was blocked.
 */
export class Watchdog {
  readonly #runtime: WatchRuntime;
  readonly #limitMs: number;
  // A Map keeps insertion order, and with one limit for all that is the order of the deadlines.
  readonly #deadlines = new Map<Stallable, number>();
  #cancel: (() => void) | undefined = undefined;
  #dueAt = 0;

  constructor(runtime: WatchRuntime, limitMs: number) {
    this.#runtime = runtime;
    this.#limitMs = limitMs;
  }

  /** Starts watching. The deadline of an object that is already watched stays. */
  add(stallable: Stallable): void {
    if (this.#deadlines.has(stallable)) return;
    this.#deadlines.set(stallable, this.#runtime.now() + this.#limitMs);
    if (this.#cancel === undefined) this.#arm(this.#limitMs);
  }

  /** Returns whether an object is watched. */
  watches(stallable: Stallable): boolean {
    return this.#deadlines.has(stallable);
  }

  /** Starts watching with a new deadline, whether or not it was watched. */
  renew(stallable: Stallable): void {
    this.#deadlines.delete(stallable);
    this.add(stallable);
  }

  /** Stops watching. */
  remove(stallable: Stallable): void {
    if (this.#deadlines.delete(stallable) && this.#deadlines.size === 0) this.#rest();
  }

  /** Calls `stalled()` on everything that is watched, immediately. */
  giveUp(): void {
    this.#rest();
    const watched = [...this.#deadlines.keys()];
    this.#deadlines.clear();
    for (const stallable of watched) stallable.stalled();
  }

  #look(): void {
    this.#cancel = undefined;
    const now = this.#runtime.now();
    if (now - this.#dueAt > lateMs) this.#putOff(now + this.#limitMs);
    for (const [stallable, deadline] of this.#deadlines) {
      if (deadline > now) {
        this.#arm(deadline - now);
        return;
      }
      this.#deadlines.delete(stallable);
      stallable.stalled();
    }
  }

  #arm(delayMs: number): void {
    this.#dueAt = this.#runtime.now() + delayMs;
    this.#cancel = this.#runtime.later(() => this.#look(), delayMs);
  }

  #putOff(deadline: number): void {
    for (const stallable of this.#deadlines.keys()) this.#deadlines.set(stallable, deadline);
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
