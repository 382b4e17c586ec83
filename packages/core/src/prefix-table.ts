import { type Crowd, joinAt, partAt, sizeOfCrowd, visitAll } from './crowd.ts';
import { trimBlanks } from './subject.ts';

/**
 * Finds the entries whose prefix a subject starts with: one Map, probed once for each prefix length in use.
 *
 * @remarks Matches as Pushlet 2.0.4 does in `Subscription.match` (`String.startsWith`).
 */
export class PrefixTable<T> {
  readonly #crowds = new Map<string, Crowd<T>>();
  readonly #lengths = new Map<number, number>();

  /** Distinct prefixes held. */
  get size(): number {
    return this.#crowds.size;
  }

  /** Adds an entry under a prefix. */
  add(prefix: string, entry: T): void {
    if (!this.#crowds.has(prefix))
      this.#lengths.set(prefix.length, (this.#lengths.get(prefix.length) ?? 0) + 1);
    joinAt(this.#crowds, prefix, entry);
  }

  /** Takes an entry away. */
  remove(prefix: string, entry: T): void {
    if (!this.#crowds.has(prefix)) return;
    partAt(this.#crowds, prefix, entry);
    if (this.#crowds.has(prefix)) return;
    const left = (this.#lengths.get(prefix.length) ?? 1) - 1;
    if (left === 0) this.#lengths.delete(prefix.length);
    else this.#lengths.set(prefix.length, left);
  }

  /** Entries under exactly this prefix. */
  crowd(prefix: string): number {
    return sizeOfCrowd(this.#crowds.get(prefix));
  }

  /** Calls `visit` with each entry whose prefix the subject starts with; blanks around it do not count. */
  visit(published: string, visit: (entry: T) => void): void {
    const subject = trimBlanks(published);
    for (const length of this.#lengths.keys()) {
      if (length <= subject.length) visitAll(this.#crowds.get(subject.slice(0, length)), visit);
    }
  }
}
