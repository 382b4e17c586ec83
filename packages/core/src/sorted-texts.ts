// So many are looked through one by one before they are sorted in.
const maxFresh = 128;

/** Texts in the order of their characters, each once as long as it is added once. */
export class SortedTexts {
  #sorted: string[] = [];
  #fresh: string[] = [];

  get size(): number {
    return this.#sorted.length + this.#fresh.length;
  }

  add(text: string): void {
    this.#fresh.push(text);
    if (this.#fresh.length > maxFresh) this.#settle();
  }

  /**
   * Calls `visit` with each text that starts with a prefix, in no order, until it returns false.
   *
   * @remarks Costs what starts with it, and a look at the newest 128.
   */
  visit(prefix: string, visit: (text: string) => boolean): void {
    for (let at = this.#firstFrom(prefix); at < this.#sorted.length; at += 1) {
      const text = this.#sorted[at] ?? '';
      if (!text.startsWith(prefix)) break;
      if (!visit(text)) return;
    }
    for (const text of this.#fresh) if (text.startsWith(prefix) && !visit(text)) return;
  }

  /** Keeps only the texts that pass a test. */
  retain(test: (text: string) => boolean): void {
    this.#sorted = this.#sorted.filter(test);
    this.#fresh = this.#fresh.filter(test);
  }

  #firstFrom(text: string): number {
    let first = 0;
    for (let end = this.#sorted.length; first < end; ) {
      const middle = (first + end) >> 1;
      if ((this.#sorted[middle] ?? '') < text) first = middle + 1;
      else end = middle;
    }
    return first;
  }

  // Neither list is long in comparison: both are sorted already.
  #settle(): void {
    const fresh = this.#fresh.sort();
    const merged: string[] = [];
    let next = 0;
    for (const text of this.#sorted) {
      for (let other = fresh[next]; other !== undefined && other < text; other = fresh[next]) {
        merged.push(other);
        next += 1;
      }
      merged.push(text);
    }
    for (; next < fresh.length; next += 1) merged.push(fresh[next] ?? '');
    this.#sorted = merged;
    this.#fresh = [];
  }
}
