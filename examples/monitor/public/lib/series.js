/** The newest `capacity` numbers, oldest first: what a small chart shows. */
export class Series {
  #values = [];
  #capacity;

  constructor(capacity) {
    this.#capacity = capacity;
  }

  push(value) {
    this.#values.push(value);
    if (this.#values.length > this.#capacity) this.#values.shift();
  }

  get values() {
    return this.#values;
  }

  get capacity() {
    return this.#capacity;
  }

  get max() {
    return this.#values.reduce((max, value) => Math.max(max, value), 0);
  }

  get last() {
    return this.#values.at(-1);
  }
}
