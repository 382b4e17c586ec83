/** What all queues of a hub hold together, against its bounds. One object, shared by every queue. */
export class Budget {
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  events = 0;
  /** Units: bytes, an event counted once for each queue that refers to it. */
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
