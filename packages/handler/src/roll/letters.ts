// What nodes write to each other about who is there. A letter may be lost: whoever misses something asks again.
import type { Member } from '@cometkit/core';

/** Somebody at a subject. */
export type Place = readonly [subject: string, member: Member];

/** Somebody who has come to a subject or left it. */
export type Change = readonly [change: 'joined' | 'left', ...Place];

/** A list that came in parts, which belong together by their number. */
interface Part {
  /** Of a node's own members: the number of its last change. Of all: the position of the last one that was told. */
  readonly number: number;
  readonly part: number;
  readonly of: number;
  readonly places: readonly Place[];
}

/** What a letter says, beside who has written it. */
export type Said =
  /** A node is there, and so many changes have happened at it. */
  | { readonly kind: 'beat'; readonly number: number }
  /** The changes at a node since the last letter, and their number. */
  | { readonly kind: 'changes'; readonly number: number; readonly changes: readonly Change[] }
  /** The leader wants the members of a node. */
  | { readonly kind: 'ask' }
  | ({ readonly kind: 'own' } & Part)
  /** A node that has read up to a cursor wants to know who is where. */
  | { readonly kind: 'who'; readonly cursor: string }
  | ({ readonly kind: 'all' } & Part)
  /** A node ends: its clients are on their way to others. */
  | { readonly kind: 'bye' };

/** A letter as it was written. */
export type Letter = Said & { readonly from: string };

type Row = readonly [subject: string, id: string, user: 0 | 1];

const perLetter = 2000;

/** Writes a letter. */
export function letterToText(letter: Letter): string {
  if (letter.kind === 'changes') {
    const rows = letter.changes.map(([change, ...place]) => [change === 'joined' ? 1 : 0, ...rowOf(place)]);
    return JSON.stringify({ ...letter, changes: rows });
  }
  return JSON.stringify('places' in letter ? { ...letter, places: letter.places.map(rowOf) } : letter);
}

/** Divides a list into parts, of which each fits into a letter. At least one, if nobody is there. */
export function inParts(number: number, places: Iterable<Place>): Part[] {
  const all = [...places];
  const of = Math.max(1, Math.ceil(all.length / perLetter));
  return Array.from({ length: of }, (_, part) => ({
    number,
    part,
    of,
    places: all.slice(part * perLetter, (part + 1) * perLetter),
  }));
}

/** Reads a letter. @returns undefined when none of us has written it. */
export function letterFromText(text: string): Letter | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined; // not from one of us
  }
  if (typeof found !== 'object' || found === null) return undefined;
  const { kind, from, number, cursor, changes } = found as Record<string, unknown>;
  if (typeof from !== 'string') return undefined;
  if (kind === 'ask' || kind === 'bye') return { kind, from };
  if (kind === 'who') return typeof cursor === 'string' ? { kind, from, cursor } : undefined;
  if (!isCount(number)) return undefined;
  if (kind === 'beat') return { kind, from, number };
  if (kind === 'own' || kind === 'all') {
    const part = partOf(number, found as Record<string, unknown>);
    return part && { kind, from, ...part };
  }
  if (kind !== 'changes' || !Array.isArray(changes) || !changes.every(isChange)) return undefined;
  return { kind, from, number, changes: changes.map(([there, ...row]) => [wordOf(there), ...placeOf(row)]) };
}

function partOf(number: number, { part, of, places }: Record<string, unknown>): Part | undefined {
  if (!isCount(part) || !isCount(of) || part >= of) return undefined;
  if (!Array.isArray(places) || !places.every(isRow)) return undefined;
  return { number, part, of, places: places.map(placeOf) };
}

function rowOf([subject, { id, principal }]: Place): Row {
  return [subject, id, principal === undefined ? 0 : 1];
}

function placeOf([subject, id, user]: Row): Place {
  return [subject, user === 1 ? { id, principal: id } : { id }];
}

function wordOf(there: 0 | 1): 'joined' | 'left' {
  return there === 1 ? 'joined' : 'left';
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isBit(value: unknown): boolean {
  return value === 0 || value === 1;
}

function isRow(value: unknown): value is Row {
  if (!Array.isArray(value) || value.length !== 3) return false;
  return typeof value[0] === 'string' && typeof value[1] === 'string' && isBit(value[2]);
}

function isChange(value: unknown): value is readonly [0 | 1, ...Row] {
  return Array.isArray(value) && isBit(value[0]) && isRow(value.slice(1));
}

/** Puts the parts of a list together. */
export class Assembly {
  #from = '';
  #number = -1;
  #parts: (readonly Place[] | undefined)[] = [];

  /** @returns the whole list, once its last part is there. */
  take(from: string, { number, part, of, places }: Part): readonly Place[] | undefined {
    if (from !== this.#from || number !== this.#number || this.#parts.length !== of) {
      this.#from = from;
      this.#number = number;
      this.#parts = new Array(of).fill(undefined);
    }
    this.#parts[part] = places;
    if (this.#parts.some((one) => one === undefined)) return undefined;
    this.#number = -1;
    return this.#parts.flatMap((one) => one ?? []);
  }
}
