import type { EventLog, LogEntry } from './log.ts';
import { indexOf, type Matcher, merged, type SearchLimits } from './log-index.ts';
import type { Positions } from './positions.ts';

/** What a reader looks for in a log. */
export interface LookedFor {
  readonly matchers: readonly Matcher[];
  /** To whom events may have been sent: its id, its user. */
  readonly addressees: readonly (string | undefined)[];
}

/** Finds the first entry after a position that a reader may look for. */
export type Next = (position: number) => LogEntry | undefined;

// With fewer entries left a look at each of them costs less than a search.
const few = 256;
// What a search may cost: more, and it would have to be worth more.
const mostSubjects = 512;
const mostLists = 64;
// So many positions are put in order at once.
const atOnce = 256;

/**
 * Makes the way of a reader through a log, on which what it does not look for is passed by.
 *
 * @remarks
 * When it looks for a quarter of what there is, or for very many subjects, it goes from entry to entry. What it looks for must not change
 * while it is on its way.
 */
export function walk(log: EventLog, from: number, lookedFor: LookedFor | undefined): Next {
  const left = log.tail - from;
  if (lookedFor === undefined || left <= few) return (position) => log.next(position);
  const index = indexOf(log);
  const limits: SearchLimits = { subjects: mostSubjects, lists: mostLists, entries: left / 4, after: from };
  const found = index.find(lookedFor.matchers, limits);
  if (found === undefined) return (position) => log.next(position);
  const ahead = new Ahead(log, [...found, ...index.addressed(lookedFor.addressees)]);
  return (position) => ahead.next(position);
}

/** The entries of a log that stand in one of several lists. */
class Ahead {
  readonly #log: EventLog;
  readonly #lists: readonly Positions[];
  // In order, those between two positions.
  #places: readonly number[] = [];
  #from = 0;
  #to = 0;
  #at = 0;

  constructor(log: EventLog, lists: readonly Positions[]) {
    this.#log = log;
    this.#lists = lists;
  }

  next(position: number): LogEntry | undefined {
    let after = position;
    for (;;) {
      if (after < this.#from || after >= this.#to) this.#look(after);
      while ((this.#places[this.#at] ?? Number.POSITIVE_INFINITY) <= after) this.#at += 1;
      const place = this.#places[this.#at];
      if (place !== undefined) return this.#log.next(place - 1);
      if (this.#to >= this.#log.tail) return undefined;
      after = this.#to;
    }
  }

  #look(position: number): void {
    const { tail } = this.#log;
    const found = merged(this.#lists.map((list) => list.after(position, tail, atOnce)));
    this.#places = found.slice(0, atOnce);
    this.#from = position;
    this.#to = found.length < atOnce ? tail : (this.#places.at(-1) ?? tail);
    this.#at = 0;
  }
}
