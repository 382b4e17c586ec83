/** Something that writes items to many readers. Its `flush` never throws. */
export interface JointFlushable {
  flush(): void;
}

/** The same with one reader. */
export interface Flushable extends JointFlushable {
  /** Reads what `flush` is going to read. Shape: some number made of it. */
  peek(): number;
}

/** How long a flush may wait for more, and the clock and the timer it waits by. Units: milliseconds. */
export interface FlushWindow {
  readonly ms: number;
  now(): number;
  later(task: () => void, delayMs: number): () => void;
}

// Flushed one after the other, once all of them were looked at.
const together = 16;
// A flush that took less than this does not hold anybody up. Units: milliseconds.
const longMs = 0.5;

/**
 * One flush per turn of the event loop for everything that became dirty in it; under load one per window.
 *
 * Nearly all of a delivery is its system call, so events that leave together cost little more than one. Turns join what
 * is published at once; the window joins what follows closely on a flush that took long, and an idle server never waits.
 * One event per turn to 1,000 streams: from 100 thousand deliveries a second to millions (`npm run bench`, T).
 *
 * What a stream is made of has gone cold in the processor's caches since its last event, and each system call would wait
 * for that anew. Looking at several streams first lets the processor fetch all of it at the same time: 4 % of a delivery.
 *
 * Shape: what a flush makes dirty is served in the next turn.
 */
export class Flusher {
  readonly #defer: (task: () => void) => void;
  readonly #flushed: () => void;
  readonly #window: FlushWindow | undefined;
  #dirty: Flushable[] = [];
  // Many readers at once: served first, so that those who have to be served one by one may join them afterwards.
  #joint: JointFlushable[] = [];
  #startedAt = 0;
  #seen = 0;
  #endedAt = Number.NEGATIVE_INFINITY;
  readonly #run = (): void => this.flush();

  /** `flushed` is called after each flush, for what was kept during it. */
  constructor(defer: (task: () => void) => void, flushed: () => void, window?: FlushWindow) {
    this.#defer = defer;
    this.#flushed = flushed;
    this.#window = window;
  }

  /** Has something flushed at the end of this turn or window. The caller sees to it that it is in the list only once. */
  add(flushable: Flushable): void {
    this.#dirty.push(flushable);
    if (this.#dirty.length + this.#joint.length === 1) this.#schedule();
  }

  /** The same for something that stands for many: it has its turn before all that do not. */
  addJoint(flushable: JointFlushable): void {
    this.#joint.push(flushable);
    if (this.#dirty.length + this.#joint.length === 1) this.#schedule();
  }

  /** Flushes now whatever is dirty. */
  flush(): void {
    const joint = this.#joint;
    this.#joint = [];
    this.#startedAt = this.#window?.now() ?? 0;
    for (const flushable of joint) flushable.flush();
    // Those too whom the joint ones have left behind.
    const dirty = this.#dirty;
    this.#dirty = [];
    for (let start = 0; start < dirty.length; start += together) {
      const next = dirty.slice(start, start + together);
      // Kept, or the compiler would leave out what nobody needs.
      for (const flushable of next) this.#seen ^= flushable.peek();
      for (const flushable of next) flushable.flush();
    }
    this.#flushed();
    this.#endedAt = this.#window?.now() ?? 0;
  }

  #schedule(): void {
    const window = this.#window;
    const wasLong = this.#endedAt - this.#startedAt >= longMs;
    if (window !== undefined && wasLong && window.now() - this.#endedAt < window.ms) {
      window.later(this.#run, window.ms);
    } else this.#defer(this.#run);
  }
}
