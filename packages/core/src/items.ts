import type { Item } from './event.ts';

/** So many items, and the bytes that their events are estimated to hold. */
export interface Load {
  readonly size: number;
  readonly bytes: number;
}

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

/** What several loads come to. */
export function loadOf(loads: readonly (Load | undefined)[]): Load {
  let size = 0;
  let bytes = 0;
  for (const load of loads) {
    size += load?.size ?? 0;
    bytes += load?.bytes ?? 0;
  }
  return { size, bytes };
}
