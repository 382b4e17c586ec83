import type { EventLog, LogEntry } from './log.ts';
import type { PatternPart } from './pattern.ts';
import { Positions } from './positions.ts';
import { SortedTexts } from './sorted-texts.ts';

/** Something that matches subjects. */
export interface Matcher {
  readonly parts: readonly PatternPart[];
  matches(subject: string): boolean;
}

/** How much a search may take before it is given up. */
export interface SearchLimits {
  /** Subjects that are looked at. */
  readonly subjects: number;
  /** Subjects that are found. */
  readonly lists: number;
  /** Entries that are found after a position. */
  readonly entries: number;
  readonly after: number;
}

// From so many parts on all subjects are looked at once, not each part's own.
const manyParts = 8;

/**
 * Where the events of each subject lie in a log, so that who looks for some passes the others by.
 *
 * It is brought up to date when somebody looks, so that a publish does not pay for it. It holds one number for each entry of the log,
 * and at most as many again that the log has let go of.
 */
export class LogIndex {
  readonly #log: EventLog;
  #epoch: string;
  #read = 0;
  #count = 0;
  #bySubject = new Map<string, Positions>();
  #addressed = new Map<string, Positions>();
  // What concerns everybody: broadcasts, and holes of the log.
  #all = new Positions();
  #holes = new Positions();
  #subjects = new SortedTexts();

  constructor(log: EventLog) {
    this.#log = log;
    this.#epoch = log.epoch;
  }

  /** Entries that it holds, those included that the log has let go of. */
  get size(): number {
    return this.#count;
  }

  /**
   * Finds where the events lie that matchers match.
   *
   * @returns a list for each subject; undefined when the search was given up.
   */
  find(matchers: readonly Matcher[], limits: SearchLimits): Positions[] | undefined {
    this.#update();
    const search = new Search(limits);
    for (const matcher of matchers)
      for (const root of rootsOf(matcher)) {
        this.#visit(root, (subject, places) => search.look(subject, matcher, places));
        if (search.over) return undefined;
      }
    return [...search.found];
  }

  /** Where events lie that are for all, or were sent to one of these addressees; holes of the log, too. */
  addressed(addressees: readonly (string | undefined)[]): Positions[] {
    this.#update();
    const sent = addressees.map((to) => (to === undefined ? undefined : this.#addressed.get(to)));
    return [this.#all, this.#holes, ...sent.filter((places) => places !== undefined)];
  }

  // A root itself and all below it; without one, all there are.
  #visit(root: string | undefined, look: (subject: string, places: Positions | undefined) => boolean): void {
    const known = this.#bySubject;
    if (root !== undefined && known.has(root) && !look(root, known.get(root))) return;
    const below = root === undefined ? '' : `${root}/`;
    this.#subjects.visit(below, (subject) => look(subject, known.get(subject)));
  }

  #update(): void {
    const log = this.#log;
    // Another life of the log, in which positions may count anew.
    if (log.epoch !== this.#epoch || log.tail < this.#read) this.#clear();
    let entry = log.next(Math.max(this.#read, log.base));
    for (; entry !== undefined; entry = log.next(entry.position)) this.#add(entry);
    this.#read = log.tail;
    if (this.#count > 2 * log.size + 256) this.#sweep();
  }

  #add(entry: LogEntry): void {
    this.#count += 1;
    if (entry.kind === 'hole') this.#holes.add(entry.position);
    else if (entry.scope === 'all') this.#all.add(entry.position);
    else if (entry.scope !== 'subject') listOf(this.#addressed, entry.to ?? '').add(entry.position);
    else {
      if (!this.#bySubject.has(entry.subject)) this.#subjects.add(entry.subject);
      listOf(this.#bySubject, entry.subject).add(entry.position);
    }
  }

  #sweep(): void {
    const { base } = this.#log;
    let count = 0;
    for (const places of [this.#all, this.#holes]) {
      places.drop(base);
      count += places.size;
    }
    for (const table of [this.#bySubject, this.#addressed]) count += dropAll(table, base);
    this.#subjects.retain((subject) => this.#bySubject.has(subject));
    this.#count = count;
  }

  #clear(): void {
    this.#epoch = this.#log.epoch;
    this.#read = this.#count = 0;
    this.#bySubject = new Map();
    this.#addressed = new Map();
    this.#all = new Positions();
    this.#holes = new Positions();
    this.#subjects = new SortedTexts();
  }
}

/** One search: what it has found, and what it may still take. */
class Search {
  readonly found = new Set<Positions>();
  readonly #limits: SearchLimits;
  #looked = 0;
  #entries = 0;

  constructor(limits: SearchLimits) {
    this.#limits = limits;
  }

  get over(): boolean {
    const { subjects, lists, entries } = this.#limits;
    return this.#looked > subjects || this.found.size > lists || this.#entries > entries;
  }

  /** @returns whether to go on. */
  look(subject: string, matcher: Matcher, places: Positions | undefined): boolean {
    this.#looked += 1;
    if (places !== undefined && !this.found.has(places) && matcher.matches(subject)) {
      this.found.add(places);
      if (this.#limits.entries < Number.POSITIVE_INFINITY)
        this.#entries += places.countAfter(this.#limits.after);
    }
    return !this.over;
  }
}

// Below what all subjects lie that match; undefined for anywhere.
function rootsOf({ parts }: Matcher): readonly (string | undefined)[] {
  return parts.length < manyParts ? parts.map(rootOf) : [undefined];
}

// Blanks may come before a plain prefix.
function rootOf({ kind, text }: PatternPart): string | undefined {
  if (kind === 'prefix' || text === '/') return undefined;
  const root = kind === 'glob' ? text.slice(0, text.indexOf('/*')) : text;
  return root === '' ? undefined : root;
}

function listOf(table: Map<string, Positions>, key: string): Positions {
  const known = table.get(key);
  if (known !== undefined) return known;
  const places = new Positions();
  table.set(key, places);
  return places;
}

function dropAll(table: Map<string, Positions>, base: number): number {
  let count = 0;
  for (const [key, places] of table) {
    places.drop(base);
    count += places.size;
    if (places.size === 0) table.delete(key);
  }
  return count;
}

const indexes = new WeakMap<EventLog, LogIndex>();

/** Returns the index of a log, which exists once somebody has asked for it. */
export function indexOf(log: EventLog): LogIndex {
  const index = indexes.get(log) ?? new LogIndex(log);
  indexes.set(log, index);
  return index;
}

/** The positions of several lists in one, rising. */
export function merged(lists: readonly number[][]): number[] {
  const [only] = lists;
  if (only !== undefined && lists.length === 1) return only;
  return lists.flat().sort((one, other) => one - other);
}
