import { segmentsOf } from './subject.ts';

// Empty maps and sets are left out: most nodes of a long pattern have one child and nothing else.
interface Node<T> {
  children: Map<string, Node<T>> | undefined;
  /** Patterns that end here exactly. */
  closed: Set<T> | undefined;
  /** Patterns that end here in `**`. */
  open: Set<T> | undefined;
}

/** A trie over segments for patterns with wildcards: `*` is an ordinary child that every segment may take. */
export class PatternTrie<T> {
  readonly #root: Node<T> = makeNode();
  #size = 0;

  /** Entries held, counted once for each pattern. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry under a pattern; `open` is true when it ended in `**`. */
  add(segments: readonly string[], open: boolean, entry: T): void {
    let node = this.#root;
    for (const segment of segments) {
      node.children ??= new Map();
      let child = node.children.get(segment);
      if (child === undefined) {
        child = makeNode();
        node.children.set(segment, child);
      }
      node = child;
    }
    const end = open ? 'open' : 'closed';
    node[end] ??= new Set();
    if (!node[end].has(entry)) this.#size += 1;
    node[end].add(entry);
  }

  /** Takes an entry away and prunes the branch when nothing is left on it. */
  remove(segments: readonly string[], open: boolean, entry: T): void {
    const path: Node<T>[] = [this.#root];
    for (const segment of segments) {
      const child = path.at(-1)?.children?.get(segment);
      if (child === undefined) return;
      path.push(child);
    }
    const leaf = path.at(-1);
    const end = open ? 'open' : 'closed';
    if (!leaf?.[end]?.delete(entry)) return;
    if (leaf[end].size === 0) leaf[end] = undefined;
    this.#size -= 1;
    prune(path, segments);
  }

  /** Entries under exactly this pattern. */
  crowd(segments: readonly string[], open: boolean): number {
    let node: Node<T> | undefined = this.#root;
    for (const segment of segments) node = node?.children?.get(segment);
    return (open ? node?.open : node?.closed)?.size ?? 0;
  }

  /** Calls `visit` with each entry whose pattern matches. */
  visit(subject: string, visit: (entry: T) => void): void {
    walk(this.#root, segmentsOf(subject), 0, visit);
  }
}

function makeNode<T>(): Node<T> {
  return { children: undefined, closed: undefined, open: undefined };
}

function prune<T>(path: readonly Node<T>[], segments: readonly string[]): void {
  for (let depth = segments.length; depth > 0; depth -= 1) {
    const node = path[depth];
    const segment = segments[depth - 1];
    if (node === undefined || segment === undefined) return;
    if (node.children !== undefined || node.closed !== undefined || node.open !== undefined) return;
    const above = path[depth - 1];
    above?.children?.delete(segment);
    if (above?.children?.size === 0) above.children = undefined;
  }
}

// Two ways at most from each node, and patterns are at most `maxSubjectDepth` deep: bounded by 2^depth nodes, and by the
// number of patterns held, whichever is less.
function walk<T>(node: Node<T>, names: readonly string[], depth: number, visit: (entry: T) => void): void {
  node.open?.forEach(visit);
  const name = names[depth];
  if (name === undefined) {
    node.closed?.forEach(visit);
    return;
  }
  const exact = node.children?.get(name);
  if (exact !== undefined) walk(exact, names, depth + 1, visit);
  const star = node.children?.get('*');
  if (star !== undefined) walk(star, names, depth + 1, visit);
}
