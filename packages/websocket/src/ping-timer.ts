/** Something that counts the ticks of a {@link PingTimer}. */
export interface Ticking {
  tick(): void;
}

/** One timer for all sockets of a server, which rests while there are none and never keeps the process alive. */
export class PingTimer {
  readonly #tickMs: number;
  readonly #all = new Set<Ticking>();
  #timer: NodeJS.Timeout | undefined = undefined;

  constructor(tickMs: number) {
    this.#tickMs = tickMs;
  }

  add(ticking: Ticking): void {
    this.#all.add(ticking);
    if (this.#timer !== undefined) return;
    this.#timer = setInterval(() => {
      for (const each of this.#all) each.tick();
    }, this.#tickMs);
    this.#timer.unref();
  }

  remove(ticking: Ticking): void {
    this.#all.delete(ticking);
    if (this.#all.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
