import type { Item } from './event.ts';

// What a gap counts for.
const gapBytes = 64;

/** What an item counts for in the bounds of a queue. Units: bytes, estimated. */
export function bytesOf(item: Item | undefined): number {
  return item?.kind === 'data' ? item.bytes : gapBytes;
}

/** The same of several. */
export function totalBytes(items: readonly Item[]): number {
  return items.reduce((bytes, item) => bytes + bytesOf(item), 0);
}

let last: Item | undefined;
let lastList: readonly Item[] = [];

/** A list of one item. Shape: the same list for callers who ask for the same item in a row, as the sessions of a fan-out do. */
export function alone(item: Item): readonly Item[] {
  if (item !== last) {
    last = item;
    lastList = [item];
  }
  return lastList;
}
