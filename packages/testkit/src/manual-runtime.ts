import type { HandlerRuntime } from '@cometkit/handler';

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/**
 * A runtime under full control of a test: time moves only when advanced, a turn ends only when requested, ids count up, and
 * random numbers are always the lowest.
 *
 * Times are in milliseconds; the wall clock starts at 1,700,000,000,000.
 */
export class ManualRuntime implements HandlerRuntime {
  #now = 0;
  #ids = 0;
  #timers = new Set<Timer>();
  #deferred: (() => void)[] = [];

  /** Timers that run. */
  get timers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return 1_700_000_000_000 + this.#now;
  }

  /** Returns an id of 22 characters like the real ones, counting up from `0000000000000000000001`. */
  randomId(): string {
    this.#ids += 1;
    return String(this.#ids).padStart(22, '0');
  }

  randomInteger(min: number): number {
    return min;
  }

  defer(task: () => void): void {
    this.#deferred.push(task);
  }

  later(task: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + delayMs, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Ends the turn: everything deferred runs, and what that defers. */
  turn(): void {
    while (this.#deferred.length > 0) for (const task of this.#deferred.splice(0)) task();
  }

  /** Lets time pass: timers that come due run in their order, each in a turn of its own. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (let next = this.#due(end); next !== undefined; next = this.#due(end)) {
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.task();
      this.turn();
    }
    this.#now = end;
    this.turn();
  }

  #due(end: number): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers)
      if (timer.at <= end && (first === undefined || timer.at < first.at)) first = timer;
    return first;
  }
}

/** Makes a {@link ManualRuntime}, its methods bound, so that they can be handed on one by one. */
export function manualRuntime(): ManualRuntime {
  const runtime = new ManualRuntime();
  runtime.defer = runtime.defer.bind(runtime);
  runtime.later = runtime.later.bind(runtime);
  runtime.randomId = runtime.randomId.bind(runtime);
  return runtime;
}
