import type { Flushable } from '../flush.ts';

// More than that is not copied to be one write (bytes).
const copiedBytes = 16_384;

/** What answers that wait need of their connection. */
interface AnswersHost {
  /** True while its channel has events to write in this turn. */
  readonly hasMore: boolean;
  flushLater(answers: Flushable): void;
  write(bytes: Uint8Array): void;
}

/**
 * Answers of a connection that leave together with the events of the same turn: most of what a short answer costs, at both ends, is its
 * system call. No later answer overtakes them.
 */
export class HeldAnswers implements Flushable {
  readonly #host: AnswersHost;
  #held: Uint8Array | undefined = undefined;
  #scheduled = false;
  #waited = false;

  constructor(host: AnswersHost) {
    this.#host = host;
  }

  /** Keeps an answer until something else is written, at most until the end of the next turn. */
  hold(bytes: Uint8Array): void {
    // That an answer before it has waited says nothing of this one.
    if (this.#held === undefined) this.#waited = false;
    this.#held = this.before(bytes);
    if (!this.#scheduled) this.#host.flushLater(this);
    this.#scheduled = true;
  }

  /** Puts what is held in front of what is to be written. */
  before(bytes: Uint8Array): Uint8Array {
    const held = this.#held;
    if (held === undefined) return bytes;
    this.#held = undefined;
    if (held.length + bytes.length <= copiedBytes) return joined(held, bytes);
    this.#host.write(held);
    return bytes;
  }

  /** Writes what is held; the channel, whose turn comes behind, takes it along. */
  flush(): void {
    this.#scheduled = false;
    this.#waited = this.#held !== undefined && !this.#waited && this.#host.hasMore;
    if (this.#waited) this.#host.flushLater(this);
    else this.release();
    this.#scheduled = this.#waited;
  }

  /** Writes what is held, now. */
  release(): void {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) this.#host.write(held);
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}
