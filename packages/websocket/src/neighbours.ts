/** Counts what comes from each address. What counts for no address is not counted. */
export class Neighbours<T> {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  readonly #names = new Map<T, string>();

  /** @param max - from one address. */
  constructor(max: number) {
    this.#max = max;
  }

  /** Returns whether one more may come. */
  hasRoom(name: string | undefined): boolean {
    return name === undefined || (this.#counts.get(name) ?? 0) < this.#max;
  }

  add(one: T, name: string | undefined): void {
    if (name === undefined) return;
    this.#names.set(one, name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  remove(one: T): void {
    const name = this.#names.get(one);
    if (name === undefined) return;
    this.#names.delete(one);
    const left = (this.#counts.get(name) ?? 0) - 1;
    if (left > 0) this.#counts.set(name, left);
    else this.#counts.delete(name);
  }
}
