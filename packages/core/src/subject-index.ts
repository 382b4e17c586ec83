import { type Crowd, joinAt, partAt, sizeOfCrowd, visitAll } from './crowd.ts';
import type { PatternPart } from './pattern.ts';
import { PatternTree } from './pattern-tree.ts';
import { PrefixTable } from './prefix-table.ts';
import { depthOf, isPath } from './subject.ts';

/**
 * Finds the entries whose pattern matches a subject: branches in a Map for each depth, wildcards in a tree, plain prefixes in a
 * table.
 *
 * @remarks An entry is visited once for each of its parts that match, so visitors must tolerate repeats. Within one kind of part
 *   the order is that of insertion. The cost of a visit grows with the depth of the subject and the number of matches, not with
 *   the number of entries.
 */
export class SubjectIndex<T> {
  // By their number of segments: where nobody has a branch of some depth, nothing is looked up there.
  readonly #branches: (Map<string, Crowd<T>> | undefined)[] = [];
  readonly #globs = new PatternTree<T>();
  readonly #prefixes = new PrefixTable<T>();

  /** Adds an entry under every part of its pattern. */
  add(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') joinAt(this.#branchesOf(part.text), part.text, entry);
      else if (part.kind === 'glob') this.#globs.add(part.text, entry);
      else this.#prefixes.add(part.text, entry);
    }
  }

  /** Takes an entry away again; parts it was not added under are ignored. */
  remove(parts: readonly PatternPart[], entry: T): void {
    for (const part of parts) {
      if (part.kind === 'branch') partAt(this.#branchesOf(part.text), part.text, entry);
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
    if (kind === 'branch') return sizeOfCrowd(this.#branchesOf(text).get(text));
    return kind === 'glob' ? this.#globs.crowd(text) : this.#prefixes.crowd(text);
  }

  /** Parts held, over all kinds. Zero once everything added was removed. */
  get size(): number {
    const branches = this.#branches.reduce((sum, at) => sum + (at?.size ?? 0), 0);
    return branches + this.#globs.size + this.#prefixes.size;
  }

  #branchesOf(text: string): Map<string, Crowd<T>> {
    const depth = depthOf(text);
    const known = this.#branches[depth] ?? new Map<string, Crowd<T>>();
    this.#branches[depth] = known;
    return known;
  }

  #visitBranches(subject: string, visit: (entry: T) => void): void {
    let end = subject.length;
    for (let depth = depthOf(subject); depth > 0; depth -= 1) {
      const branches = this.#branches[depth];
      if (branches !== undefined && branches.size > 0) visitAll(branches.get(subject.slice(0, end)), visit);
      end = subject.lastIndexOf('/', end - 1);
    }
    visitAll(this.#branches[0]?.get('/'), visit);
  }
}
