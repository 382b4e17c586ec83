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

// A timer that is later than this found the process standing still, not those that it watches.
const lateMs = 1000;

/**
 * Watches those few outlets that do not take bytes, with one timer for all and none while there are none.
 *
 * Units: `limitMs` from {@link Watchdog.add} to `stalled()`; all begin anew when the process stood still.
 */
export class Watchdog {
  readonly #runtime: WatchRuntime;
  readonly #limitMs: number;
  // A Map keeps the order of arrival, and with one limit for all that is the order of the deadlines.
  readonly #deadlines = new Map<Stallable, number>();
  #cancel: (() => void) | undefined = undefined;
  #dueAt = 0;

  constructor(runtime: WatchRuntime, limitMs: number) {
    this.#runtime = runtime;
    this.#limitMs = limitMs;
  }

  /** Starts to watch; one that is watched already keeps its deadline. */
  add(stallable: Stallable): void {
    if (this.#deadlines.has(stallable)) return;
    this.#deadlines.set(stallable, this.#runtime.now() + this.#limitMs);
    if (this.#cancel === undefined) this.#arm(this.#limitMs);
  }

  /** True while it is watched. */
  watches(stallable: Stallable): boolean {
    return this.#deadlines.has(stallable);
  }

  /** Watches with a new deadline, whether it was watched or not. */
  renew(stallable: Stallable): void {
    this.#deadlines.delete(stallable);
    this.add(stallable);
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
