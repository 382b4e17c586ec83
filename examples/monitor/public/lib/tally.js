/** Later than this many ticks a missing one will not come any more: then its number is forgotten. */
const REMEMBERED = 2000;

/**
 * Counts what one receiver got, by the numbers the server gave the ticks.
 *
 * The first tick it ever gets is where its count starts. A number that is skipped is missing until it comes after
 * all; a number seen before is a duplicate. Another `run` means the server was started anew: its count begins again.
 */
export class Tally {
  received = 0;
  duplicates = 0;
  #lost = 0;
  #missing = new Set();
  #last;
  #run;

  get missing() {
    return this.#lost + this.#missing.size;
  }

  /** The next tick is a new start: what was not received until then was not asked for. */
  restart() {
    this.#last = undefined;
    this.#lost += this.#missing.size;
    this.#missing.clear();
  }

  see({ n, run }) {
    if (run !== this.#run) this.restart();
    this.#run = run;
    this.received += 1;
    if (this.#last === undefined) this.#last = n;
    else if (n > this.#last) this.#skipTo(n);
    else if (!this.#missing.delete(n)) this.duplicates += 1;
  }

  #skipTo(n) {
    for (let skipped = this.#last + 1; skipped < n; skipped += 1) this.#missing.add(skipped);
    this.#last = n;
    for (const old of this.#missing) {
      if (old > n - REMEMBERED) break;
      this.#missing.delete(old);
      this.#lost += 1;
    }
  }
}
