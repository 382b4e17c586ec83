// What a reader got: counted, in order or not, and when.

/** The account of one reader of one subject. Every event has the marker `~subject.number.time~`. */
export class Account {
  #seen = new Set();
  #last = 0;
  #begin = { at: 0, count: 0 };
  #lastAt = 0;
  duplicates = 0;
  reordered = 0;
  gaps = 0;
  /** The longest time between two events of the window. Units: ms. */
  pauseMs = 0;

  /** Number of the last event. */
  get last() {
    return this.#last;
  }

  /** Takes an event in; answers its number. */
  take({ n }) {
    const number = Number(n.split('.')[1]);
    if (this.#seen.has(number)) this.duplicates += 1;
    else if (number < this.#last) this.reordered += 1;
    this.#seen.add(number);
    this.#last = Math.max(this.#last, number);
    const at = performance.now();
    if (this.#begin.at > 0)
      this.pauseMs = Math.max(this.pauseMs, at - Math.max(this.#lastAt, this.#begin.at));
    this.#lastAt = at;
    return number;
  }

  /** Begins the window that counts. */
  begin() {
    this.#begin = { at: performance.now(), count: this.#seen.size };
  }

  /** What came of it, when events up to `published` had been published. `perSecond` counts those of the window. */
  close(published) {
    const count = this.#seen.size - this.#begin.count;
    const perSecond = count === 0 ? 0 : (count * 1000) / (this.#lastAt - this.#begin.at);
    const missing = published - this.#seen.size;
    const { duplicates, reordered, gaps, pauseMs } = this;
    return { perSecond, missing, duplicates, reordered, gaps, pauseMs };
  }
}
