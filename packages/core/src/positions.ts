/** Positions in a log, rising; the oldest are dropped as the log lets go of them. */
export class Positions {
  #list: number[] = [];
  #head = 0;

  get size(): number {
    return this.#list.length - this.#head;
  }

  add(position: number): void {
    this.#list.push(position);
  }

  /** Drops those up to a position. */
  drop(base: number): void {
    this.#head = this.#firstAfter(base);
    if (this.#head * 2 <= this.#list.length) return;
    this.#list = this.#list.slice(this.#head);
    this.#head = 0;
  }

  countAfter(position: number): number {
    return this.#list.length - this.#firstAfter(position);
  }

  /** The first `most` after one position, and up to another. */
  after(position: number, last: number, most: number): number[] {
    const first = this.#firstAfter(position);
    return this.#list.slice(first, Math.min(first + most, this.#firstAfter(last)));
  }

  /** The last `most` up to a position. */
  before(position: number, most: number): number[] {
    const end = this.#firstAfter(position);
    return this.#list.slice(Math.max(end - most, this.#head), end);
  }

  #firstAfter(position: number): number {
    let first = this.#head;
    for (let end = this.#list.length; first < end; ) {
      const middle = (first + end) >> 1;
      if ((this.#list[middle] ?? 0) <= position) first = middle + 1;
      else end = middle;
    }
    return first;
  }
}
