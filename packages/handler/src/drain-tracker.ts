/** The part of a Node writable stream that shows how much is buffered, in bytes. */
export interface Draining {
  readonly destroyed: boolean;
  readonly writableLength: number;
  /** True for TLS. */
  readonly encrypted?: boolean;
  write(bytes: Uint8Array, done: () => void): unknown;
}

const nothing = new Uint8Array(0);

/**
 * Writes to a stream that has data buffered, and reports each time the buffer has drained.
 *
 * @remarks
 * A write callback costs a tick of its own, and most streams take every write at once, so they need tracking only until
 * the buffer is empty. Over TLS every write is buffered and starting to track costs more than a callback, so the
 * tracker stays. A destroyed stream calls back as if the bytes had left; the tracker ignores that.
 */
export class DrainTracker {
  readonly #stream: Draining;
  readonly #drained: () => void;
  /** True when the next write will be buffered too, so that the tracker is kept. */
  readonly lasting: boolean;
  #waits = true;
  readonly #left = (): void => {
    if (!this.#waits || this.#stream.destroyed || this.#stream.writableLength > 0) return;
    this.#waits = false;
    this.#drained();
  };

  constructor(stream: Draining, drained: () => void) {
    this.#stream = stream;
    this.#drained = drained;
    this.lasting = stream.encrypted === true;
    // Behind what waits already.
    stream.write(nothing, this.#left);
  }

  /** Writes bytes. */
  write(bytes: Uint8Array): void {
    this.#stream.write(bytes, this.#left);
    this.#waits ||= this.#stream.writableLength > 0;
  }
}
