/** As much of a writable stream of Node as it takes to know what waits in it. Units: bytes. */
export interface Draining {
  readonly destroyed: boolean;
  readonly writableLength: number;
  write(bytes: Uint8Array, done: () => void): unknown;
}

const nothing = new Uint8Array(0);

/**
 * Tells when everything that waits in a stream has left it.
 *
 * A callback costs every write a tick of its own, and nearly every write is gone when it returns. So only behind one that
 * is not an empty one is written, which tells when it is. A stream that was destroyed calls back as if the bytes had
 * left: then nothing is told.
 */
export class DrainWatch {
  readonly #stream: Draining;
  readonly #drained: () => void;
  #asked = false;

  constructor(stream: Draining, drained: () => void) {
    this.#stream = stream;
    this.#drained = drained;
  }

  /** Asks to be told; once is enough. */
  ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#stream.write(nothing, () => {
      this.#asked = false;
      if (this.#stream.destroyed) return;
      if (this.#stream.writableLength > 0) this.ask();
      else this.#drained();
    });
  }
}
