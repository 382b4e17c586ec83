import { type Crowd, joined, parted, sizeOfCrowd, visitAll } from './crowd.ts';
import { globMatches } from './pattern.ts';
import { segmentsOf } from './subject.ts';

/** One pattern, and the next one at the same place. */
interface Leaf<T> {
  readonly text: string;
  crowd: Crowd<T>;
  next: Leaf<T> | undefined;
}

/** Tells patterns apart by one of their segments. */
class Branch<T> {
  /** Which segment, counted from 0. */
  readonly at: number;
  readonly below = new Map<string, Node<T>>();

  constructor(at: number) {
    this.at = at;
  }
}

type Node<T> = Leaf<T> | Branch<T>;

// So many patterns are compared one by one: a branch for fewer would take more memory than it saves time.
const maxLeaves = 8;

// The keys of patterns that have no segment there: those that end before, and those that are open from there on.
const ended = '';
const open = '**';

/**
 * Patterns with wildcards, by their segments: a decision tree, where each branch looks at the segment that tells most of its patterns
 * apart, and the patterns at its ends are compared whole.
 *
 * @remarks A pattern takes some 150 bytes beside its text, however many segments it has. A subject visits at most four ways from
 *   each branch: its own segment, `*`, and patterns that have ended or are open.
 */
export class PatternTree<T> {
  #root: Node<T> | undefined = undefined;
  #size = 0;

  /** Patterns held. */
  get size(): number {
    return this.#size;
  }

  /** Adds an entry under a pattern. */
  add(pattern: string, entry: T): void {
    const leaf = this.#find(pattern);
    if (leaf !== undefined) {
      leaf.crowd = joined(leaf.crowd, entry);
      return;
    }
    this.#root = withLeaf(this.#root, { text: pattern, crowd: entry, next: undefined });
    this.#size += 1;
  }

  /** Takes an entry away, and with the last one its pattern and the branches that told it apart. */
  remove(pattern: string, entry: T): void {
    const leaf = this.#find(pattern);
    if (leaf === undefined) return;
    const left = parted(leaf.crowd, entry);
    if (left !== undefined) {
      leaf.crowd = left;
      return;
    }
    this.#root = withoutLeaf(this.#root, leaf);
    this.#size -= 1;
  }

  /** Entries under exactly this pattern. */
  crowd(pattern: string): number {
    return sizeOfCrowd(this.#find(pattern)?.crowd);
  }

  /** Calls `visit` with each entry whose pattern matches. */
  visit(subject: string, visit: (entry: T) => void): void {
    if (this.#root instanceof Branch) walk(this.#root, subject, segmentsOf(subject), visit);
    else visitLeaves(this.#root, subject, visit);
  }

  #find(pattern: string): Leaf<T> | undefined {
    let node = this.#root;
    while (node instanceof Branch) node = node.below.get(keyAt(pattern, node.at));
    for (let leaf = node; leaf !== undefined; leaf = leaf.next) if (leaf.text === pattern) return leaf;
    return undefined;
  }
}

// What a branch at a segment calls a pattern.
function keyAt(pattern: string, at: number): string {
  let start = 1;
  for (let left = at; left > 0; left -= 1) {
    const slash = pattern.indexOf('/', start);
    if (slash < 0) return pattern.endsWith('/**') ? open : ended;
    start = slash + 1;
  }
  const slash = pattern.indexOf('/', start);
  return pattern.slice(start, slash < 0 ? pattern.length : slash);
}

function withLeaf<T>(node: Node<T> | undefined, leaf: Leaf<T>): Node<T> {
  if (!(node instanceof Branch)) {
    leaf.next = node;
    return parting(leaf);
  }
  const key = keyAt(leaf.text, node.at);
  node.below.set(key, withLeaf(node.below.get(key), leaf));
  return node;
}

function withoutLeaf<T>(node: Node<T> | undefined, leaf: Leaf<T>): Node<T> | undefined {
  if (!(node instanceof Branch)) return unlinked(node, leaf);
  const key = keyAt(leaf.text, node.at);
  const left = withoutLeaf(node.below.get(key), leaf);
  if (left === undefined) node.below.delete(key);
  else node.below.set(key, left);
  if (node.below.size > 1) return node;
  const [last] = node.below.values();
  return last;
}

function unlinked<T>(first: Leaf<T> | undefined, leaf: Leaf<T>): Leaf<T> | undefined {
  if (leaf === first) return leaf.next;
  for (let before = first; before !== undefined; before = before.next)
    if (before.next === leaf) before.next = leaf.next;
  return first;
}

// Puts a branch before leaves that have become too many.
function parting<T>(first: Leaf<T>): Node<T> {
  const leaves: Leaf<T>[] = [];
  for (let leaf: Leaf<T> | undefined = first; leaf !== undefined; leaf = leaf.next) leaves.push(leaf);
  if (leaves.length <= maxLeaves) return first;
  const branch = new Branch<T>(telling(leaves.map(({ text }) => text)));
  // From the last on, so that their order stays.
  for (const leaf of leaves.reverse()) {
    const key = keyAt(leaf.text, branch.at);
    const next = branch.below.get(key);
    leaf.next = next instanceof Branch ? undefined : next;
    branch.below.set(key, leaf);
  }
  return branch;
}

// The segment that has the most different names, and the fewest wildcards among those.
function telling(patterns: readonly string[]): number {
  const depth = Math.max(...patterns.map((pattern) => segmentsOf(pattern).length));
  let best = 0;
  let most = 0;
  for (let at = 0; at < depth; at += 1) {
    const keys = patterns.map((pattern) => keyAt(pattern, at));
    const wild = keys.filter((key) => key === '*' || key === open).length;
    const score = new Set(keys).size - wild / (patterns.length + 1);
    if (score > most) [best, most] = [at, score];
  }
  return best;
}

function visitLeaves<T>(first: Leaf<T> | undefined, subject: string, visit: (entry: T) => void): void {
  for (let leaf = first; leaf !== undefined; leaf = leaf.next)
    if (globMatches(leaf.text, subject)) visitAll(leaf.crowd, visit);
}

// Patterns have at most `maxSubjectDepth` segments, `maxWildcards` of them wildcards. That bounds the ways.
function walk<T>(
  node: Node<T> | undefined,
  subject: string,
  names: readonly string[],
  visit: (entry: T) => void,
): void {
  if (!(node instanceof Branch)) {
    visitLeaves(node, subject, visit);
    return;
  }
  const { at, below } = node;
  const name = names[at];
  walk(below.get(name ?? ended), subject, names, visit);
  if (name !== undefined) walk(below.get('*'), subject, names, visit);
  walk(below.get(open), subject, names, visit);
}
