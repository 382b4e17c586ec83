import { addTo, removeFrom } from './set-map.ts';
import { trimBlanks } from './subject.ts';

/**
 * Finds the entries whose prefix a subject starts with: one Map, probed once for each prefix length in use.
 *
 * @remarks Matches as Pushlet 2.0.4 does in `Subscription.match` (`String.startsWith`).
 */
export class PrefixTable<T> {
  readonly #sets = new Map<string, Set<T>>();
  readonly #lengths = new Map<number, number>();

  /** Distinct prefixes held. */
  get size(): number {
    return this.#sets.size;
  }

  /** Adds an entry under a prefix. */
  add(prefix: string, entry: T): void {
    if (!this.#sets.has(prefix))
      this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
    addTo(this.#sets, prefix, entry);
  }

  /** Takes an entry away. */
  remove(prefix: string, entry: T): void {
    if (!this.#sets.has(prefix)) return;
    removeFrom(this.#sets, prefix, entry);
    if (this.#sets.has(prefix)) return;
    const left = (this.#lengths.get(prefix.length) ?? 1) - 1;
    if (left === 0) this.#lengths.delete(prefix.length);
    else this.#lengths.set(prefix.length, left);
  }

  /** Entries under exactly this prefix. */
  crowd(prefix: string): number {
    return this.#sets.get(prefix)?.size ?? 0;
  }

  /** Calls `visit` with each entry whose prefix the subject starts with; blanks around it do not count. */
  visit(published: string, visit: (entry: T) => void): void {
    const subject = trimBlanks(published);
    for (const length of this.#lengths.keys()) {
      if (length <= subject.length) this.#sets.get(subject.slice(0, length))?.forEach(visit);
    }
  }
}
