interface Kept<V> {
  readonly value: V;
  readonly bytes: number;
}

/**
 * Remembers values that were asked for lately, within a bound in bytes.
 *
 * @remarks
 * They are in two generations: what is asked for moves into the young one; when that has half the bytes, it becomes the old one, and what was
 * the old one is forgotten.
 */
export class RecentBytes<V> {
  readonly #half: number;
  #young = new Map<number, Kept<V>>();
  #old = new Map<number, Kept<V>>();
  #bytes = 0;

  /** @param limitBytes - what all values together may count. */
  constructor(limitBytes: number) {
    this.#half = limitBytes / 2;
  }

  /** The number of values. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  get(key: number): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young.value;
    const old = this.#old.get(key);
    if (old === undefined) return undefined;
    this.#old.delete(key);
    this.set(key, old.value, old.bytes);
    return old.value;
  }

  /** Remembers a value, unless it alone would take half of the bytes. */
  set(key: number, value: V, bytes: number): void {
    if (bytes > this.#half) return;
    if (this.#bytes + bytes > this.#half) this.age();
    this.#bytes += bytes - (this.#young.get(key)?.bytes ?? 0);
    this.#young.set(key, { value, bytes });
  }

  /** Forgets what was not asked for since the last but one call. */
  age(): void {
    this.#old = this.#young;
    this.#young = new Map();
    this.#bytes = 0;
  }
}
