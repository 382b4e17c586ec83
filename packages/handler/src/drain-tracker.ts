/** As much of a writable stream of Node as it takes to know what waits in it. Units: bytes. */
export interface Draining {
  readonly destroyed: boolean;
  readonly writableLength: number;
  /** True for TLS. */
  readonly encrypted?: boolean;
  write(bytes: Uint8Array, done: () => void): unknown;
}

const nothing = new Uint8Array(0);

/**
 * Writes to a stream in which something waits, and tells each time that everything has left it.
 *
 * A callback costs a write a tick of its own, and most streams take every write at once: they need a watch only until what
 * waits has left. Over TLS every write waits, and beginning a watch costs more than a callback: there it stays. A stream
 * that was destroyed calls back as if the bytes had left: then nothing is told.
 */
export class DrainTracker {
  readonly #stream: Draining;
  readonly #drained: () => void;
  /** True when the next write will wait as well, so that the watch is kept. */
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
