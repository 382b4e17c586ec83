import type { ClientItem } from '../items.ts';
import { type Cursor, parseCursor } from '../machine/cursor.ts';
import { isAfter } from '../machine/tasks.ts';
import type { Chained } from './messages.ts';

// What tabs that were late may ask for again (items).
const memory = 512;

/** What a leader passed on last, each item behind the one before it. */
export class Recent {
  /** Cursor of the last item, or of where the leader began. */
  last: string | undefined;
  readonly #items: Chained[] = [];

  constructor(from: string | undefined) {
    this.last = from;
  }

  /** Adds an item to the end. */
  add(item: ClientItem): Chained {
    const chained = { prev: this.last, item };
    this.last = item.cursor;
    this.#items.push(chained);
    if (this.#items.length > memory) this.#items.shift();
    return chained;
  }

  /** Returns whether it holds everything that came after a place. */
  reaches(at: Cursor): boolean {
    const from = parseCursor(this.#items[0]?.prev ?? this.last);
    return from === undefined || !isAfter(from, at);
  }

  /** Returns what came after a place, with a gap in front of it when more came than is kept. */
  after(at: Cursor): Chained[] {
    if (!this.reaches(at)) return [...this.#missing(at), ...this.#items];
    return this.#items.filter(({ item }) => isAfter(parseCursor(item.cursor) ?? at, at));
  }

  #missing(at: Cursor): Chained[] {
    const next = parseCursor(this.#items[0]?.prev);
    if (next === undefined) return [];
    const reason = next.epoch === at.epoch ? 'overflow' : 'epoch';
    const [from, to] = [at.position + 1, next.position];
    return [{ prev: at.text, item: { kind: 'gap', from, to, cursor: next.text, reason, count: undefined } }];
  }
}
