import type { PatternPart } from './pattern.ts';
import { PatternTrie } from './pattern-trie.ts';
import { PrefixTable } from './prefix-table.ts';
import { addTo, removeFrom } from './set-map.ts';
import { isPath } from './subject.ts';

/**
 * Finds the entries whose pattern matches a subject: branches in a Map, wildcards in a trie, plain prefixes in a table.
 *
 * @remarks An entry is visited once for each of its parts that match, so visitors must tolerate repeats. Within one kind of part
 *   the order is that of insertion. The cost of a visit grows with the depth of the subject and the number of matches, not with
 *   the number of entries.
 */
export class SubjectIndex<T> {
  readonly #branches = new Map<string, Set<T>>();
  readonly #globs = new PatternTrie<T>();
  readonly #prefixes = new PrefixTable<T>();

  /** Adds an entry under every part of its pattern. */
  add(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') addTo(this.#branches, part.text, entry);
      else if (part.kind === 'glob') this.#globs.add(part.segments, part.open, entry);
      else this.#prefixes.add(part.text, entry);
    }
  }

  /** Takes an entry away again; parts it was not added under are ignored. */
  remove(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') removeFrom(this.#branches, part.text, entry);
      else if (part.kind === 'glob') this.#globs.remove(part.segments, part.open, entry);
      else this.#prefixes.remove(part.text, entry);
    }
  }

  /** Calls `visit` with each entry whose pattern matches the subject. */
  visit(subject: string, visit: (entry: T) => void): void {
    if (isPath(subject)) {
      this.#visitBranches(subject, visit);
      if (this.#globs.size > 0) this.#globs.visit(subject, visit);
    }
    if (this.#prefixes.size > 0) this.#prefixes.visit(subject, visit);
  }

  /** Entries that were added under exactly this part. */
  crowd(part: PatternPart): number {
    if (part.kind === 'branch') return this.#branches.get(part.text)?.size ?? 0;
    if (part.kind === 'glob') return this.#globs.crowd(part.segments, part.open);
    return this.#prefixes.crowd(part.text);
  }

  /** Parts held, over all kinds. Zero once everything added was removed. */
  get size(): number {
    return this.#branches.size + this.#globs.size + this.#prefixes.size;
  }

  #visitBranches(subject: string, visit: (entry: T) => void): void {
    if (this.#branches.size === 0) return;
    this.#branches.get(subject)?.forEach(visit);
    for (let cut = subject.lastIndexOf('/'); cut > 0; cut = subject.lastIndexOf('/', cut - 1)) {
      this.#branches.get(subject.slice(0, cut))?.forEach(visit);
    }
    this.#branches.get('/')?.forEach(visit);
  }
}
