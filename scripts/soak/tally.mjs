/** Counts what one client has got of numbers that go up by one: what is missing, what came twice, what was told. */
export class Tally {
  received = 0;
  missing = 0;
  duplicates = 0;
  /** Gaps that the server has told: what is missing there is no fault. */
  gaps = 0;
  #next = 0;

  /** Takes the number of an event. */
  see(n) {
    this.received += 1;
    if (this.#next !== 0 && n > this.#next) this.missing += n - this.#next;
    if (n < this.#next) this.duplicates += 1;
    else this.#next = n + 1;
  }

  /** Takes a gap, or a new session that knows nothing of the old one: the next number begins anew. */
  anew() {
    this.#next = 0;
  }

  gap() {
    this.gaps += 1;
    this.anew();
  }
}
