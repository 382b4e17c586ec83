import { segmentsOf } from './subject.ts';

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  /** Patterns that end here exactly. */
  readonly closed: Set<T>;
  /** Patterns that end here in `**`. */
  readonly open: Set<T>;
}

/** A trie over segments for patterns with wildcards: `*` is an ordinary child that every segment may take. */
export class PatternTrie<T> {
  readonly #root: Node<T> = makeNode();
  #size = 0;

  /** Entries held, counted once for each pattern. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry under a pattern; `open` says that it ended in `**`. */
  add(segments: readonly string[], open: boolean, entry: T): void {
    let node = this.#root;
    for (const segment of segments) {
      let child = node.children.get(segment);
      if (child === undefined) {
        child = makeNode();
        node.children.set(segment, child);
      }
      node = child;
    }
    const set = open ? node.open : node.closed;
    if (!set.has(entry)) this.#size += 1;
    set.add(entry);
  }

  /** Takes an entry away and prunes the branch when nothing is left on it. */
  remove(segments: readonly string[], open: boolean, entry: T): void {
    const path: Node<T>[] = [this.#root];
    for (const segment of segments) {
      const child = path.at(-1)?.children.get(segment);
      if (child === undefined) return;
      path.push(child);
    }
    const leaf = path.at(-1);
    if (leaf === undefined || !(open ? leaf.open : leaf.closed).delete(entry)) return;
    this.#size -= 1;
    prune(path, segments);
  }

  /** Entries under exactly this pattern. */
  crowd(segments: readonly string[], open: boolean): number {
    let node: Node<T> | undefined = this.#root;
    for (const segment of segments) node = node?.children.get(segment);
    return (open ? node?.open : node?.closed)?.size ?? 0;
  }

  /** Calls `visit` with each entry whose pattern matches. */
  visit(subject: string, visit: (entry: T) => void): void {
    walk(this.#root, segmentsOf(subject), 0, visit);
  }
}

function makeNode<T>(): Node<T> {
  return { children: new Map(), closed: new Set(), open: new Set() };
}

function prune<T>(path: readonly Node<T>[], segments: readonly string[]): void {
  for (let depth = segments.length; depth > 0; depth -= 1) {
    const node = path[depth];
    const segment = segments[depth - 1];
    if (node === undefined || segment === undefined) return;
    if (node.children.size + node.closed.size + node.open.size > 0) return;
    path[depth - 1]?.children.delete(segment);
  }
}

// Two ways at most from each node, and subjects are at most `maxSubjectDepth` deep: bounded by 2^depth nodes, and by the
// number of patterns held, whichever is less.
function walk<T>(node: Node<T>, names: readonly string[], depth: number, visit: (entry: T) => void): void {
  node.open.forEach(visit);
  const name = names[depth];
  if (name === undefined) {
    node.closed.forEach(visit);
    return;
  }
  const exact = node.children.get(name);
  if (exact !== undefined) walk(exact, names, depth + 1, visit);
  const star = node.children.get('*');
  if (star !== undefined) walk(star, names, depth + 1, visit);
}
