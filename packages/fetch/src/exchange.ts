/**
 * One request and its answer, of which it is told once how they ended: by the signal of the request, by the end of the
 * body or by its cancellation, whichever comes first.
 *
 * Shape: nothing is listened to before somebody wants to know.
 */
export class Exchange {
  readonly #signal: AbortSignal;
  readonly #listeners: ((complete: boolean) => void)[] = [];
  readonly #abort = (): void => this.close(false);
  #complete: boolean | undefined = undefined;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** True when somebody wants to know how it ends. */
  get watched(): boolean {
    return this.#listeners.length > 0;
  }

  /** Adds a listener; one that comes too late is called at once. */
  onClose(listener: (complete: boolean) => void): void {
    if (this.#complete === undefined && this.#signal.aborted) this.close(false);
    if (this.#complete !== undefined) {
      listener(this.#complete);
      return;
    }
    if (!this.watched) this.#signal.addEventListener('abort', this.#abort);
    this.#listeners.push(listener);
  }

  /** Ends it, the first time. `complete`: the platform has taken the whole body. */
  close(complete: boolean): void {
    if (this.#complete !== undefined) return;
    this.#complete = complete;
    this.#signal.removeEventListener('abort', this.#abort);
    for (const listener of this.#listeners.splice(0)) listener(complete);
  }
}
