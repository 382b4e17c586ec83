/** Something with items to write. Its `flush` never throws. */
export interface Flushable {
  flush(): void;
}

/**
 * One flush per turn of the event loop for everything that became dirty in it.
 *
 * Shape: what a flush makes dirty is served in the next turn.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void;
  readonly #flushed: () => void;
  #dirty: Flushable[] = [];
  readonly #run = (): void => this.flush();

  /** `flushed` is called after each flush, for what was kept during it. */
  constructor(defer: (task: () => void) => void, flushed: () => void) {
    this.#defer = defer;
    this.#flushed = flushed;
  }

  /** Has something flushed at the end of this turn. The caller sees to it that it is in the list only once. */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable);
    if (this.#dirty.length === 1) this.#defer(this.#run);
  }

  /** Flushes now whatever is dirty. */
  flush(): void {
    const dirty = this.#dirty;
    this.#dirty = [];
    for (const flushable of dirty) flushable.flush();
    this.#flushed();
  }
}
