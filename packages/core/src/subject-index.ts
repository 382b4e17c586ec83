import { type Crowd, joinAt, partAt, sizeOfCrowd, visitAll } from './crowd.ts';
import type { PatternPart } from './pattern.ts';
import { PatternTree } from './pattern-tree.ts';
import { PrefixTable } from './prefix-table.ts';
import { isPath } from './subject.ts';

/**
 * Finds the entries whose pattern matches a subject: branches in a Map, wildcards in a tree, plain prefixes in a table.
 *
 * @remarks An entry is visited once for each of its parts that match, so visitors must tolerate repeats. Within one kind of part
 *   the order is that of insertion. The cost of a visit grows with the depth of the subject and the number of matches, not with
 *   the number of entries.
 */
export class SubjectIndex<T> {
  readonly #branches = new Map<string, Crowd<T>>();
  readonly #globs = new PatternTree<T>();
  readonly #prefixes = new PrefixTable<T>();

  /** Adds an entry under every part of its pattern. */
  add(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') joinAt(this.#branches, part.text, entry);
      else if (part.kind === 'glob') this.#globs.add(part.text, entry);
      else this.#prefixes.add(part.text, entry);
    }
  }

  /** Takes an entry away again; parts it was not added under are ignored. */
  remove(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') partAt(this.#branches, part.text, entry);
      else if (part.kind === 'glob') this.#globs.remove(part.text, entry);
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
  crowd({ kind, text }: PatternPart): number {
    if (kind === 'branch') return sizeOfCrowd(this.#branches.get(text));
    return kind === 'glob' ? this.#globs.crowd(text) : this.#prefixes.crowd(text);
  }

  /** Parts held, over all kinds. Zero once everything added was removed. */
  get size(): number {
    return this.#branches.size + this.#globs.size + this.#prefixes.size;
  }

  #visitBranches(subject: string, visit: (entry: T) => void): void {
    if (this.#branches.size === 0) return;
    visitAll(this.#branches.get(subject), visit);
    for (let cut = subject.lastIndexOf('/'); cut > 0; cut = subject.lastIndexOf('/', cut - 1)) {
      visitAll(this.#branches.get(subject.slice(0, cut)), visit);
    }
    visitAll(this.#branches.get('/'), visit);
  }
}
