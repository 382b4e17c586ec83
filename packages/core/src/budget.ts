/** Counts what all queues of a hub hold together, and knows the bounds. Every queue shares one budget. */
export class Budget {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  events = 0;
  /** Bytes of the queued events; an event counts once for each queue that refers to it. */
  bytes = 0;

  constructor(maxEvents: number, maxBytes: number) {
    this.#maxEvents = maxEvents;
    this.#maxBytes = maxBytes;
  }

  /** True while another item fits. */
  get open(): boolean {
    return this.events < this.#maxEvents && this.bytes < this.#maxBytes;
  }
}
