/**
 * A signal that is aborted after a time, or when another one is. `AbortSignal.any` with `AbortSignal.timeout` is not: Node 20 may
 * collect it as garbage, and then it never fires.
 */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #stop: AbortSignal;
  readonly #timer: NodeJS.Timeout | undefined;
  /** True once the time has passed. */
  late = false;

  /** @param ms - in milliseconds; without it there is no time limit. */
  constructor(stop: AbortSignal, ms?: number) {
    this.#stop = stop;
    if (ms !== undefined) {
      this.#timer = setTimeout(() => {
        this.late = true;
        this.abort();
      }, ms);
    }
    stop.addEventListener('abort', this.abort);
    if (stop.aborted) this.abort();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts before the time. */
  readonly abort = (): void => {
    this.end();
    this.#controller.abort();
  };

  /** Lets go of the timer and the other signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.#stop.removeEventListener('abort', this.abort);
  }
}
