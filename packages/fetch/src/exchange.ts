/**
 * One request and its answer. Tells its listeners once how they ended: by the signal of the request, by the end of the
 * answer's body or by its cancellation, whichever comes first. Listens to nothing before somebody asks.
 */
export class Exchange {
  // Held to its end: the signal of a request that was collected tells of no client that leaves.
  readonly #request: { readonly signal: AbortSignal };
  readonly #listeners: ((complete: boolean) => void)[] = [];
  readonly #abort = (): void => this.#aborted();
  // True while, and after, an abort may mean no more than the end of the request's body.
  #reading = false;
  #complete: boolean | undefined = undefined;

  constructor(request: { readonly signal: AbortSignal }) {
    this.#request = request;
  }

  get #signal(): AbortSignal {
    return this.#request.signal;
  }

  /** True when somebody wants to know how it ends. */
  get watched(): boolean {
    return this.#listeners.length > 0;
  }

  /** Adds a listener; one that comes too late is called at once. */
  onClose(listener: (complete: boolean) => void): void {
    if (this.#complete === undefined && this.#signal.aborted) this.#aborted();
    if (this.#complete !== undefined) {
      listener(this.#complete);
      return;
    }
    if (!this.watched) this.#signal.addEventListener('abort', this.#abort);
    this.#listeners.push(listener);
  }

  /**
   * Takes note that the body of the request has been read to its end.
   *
   * Some frameworks take the end of the body for the end of the request and abort its signal then (Nitro 3.0.0, by the
   * `close` of Node's IncomingMessage). Such a signal comes before the next timer and says nothing about the client: who
   * has really left does not take the answer's body, and that is noticed in any case.
   */
  bodyEnded(): void {
    this.#reading = true;
    setTimeout(() => {
      this.#reading = this.#signal.aborted;
    }, 0);
  }

  /** Ends it, the first time. `complete`: the platform has taken the whole body. */
  close(complete: boolean): void {
    if (this.#complete !== undefined) return;
    this.#complete = complete;
    this.#signal.removeEventListener('abort', this.#abort);
    for (const listener of this.#listeners.splice(0)) listener(complete);
  }

  #aborted(): void {
    if (!this.#reading) this.close(false);
  }
}
