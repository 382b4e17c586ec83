import type { Item } from './event.ts';

/** A number of items, and the estimated bytes of their events. */
export interface Load {
  readonly size: number;
  readonly bytes: number;
}

// What a gap counts as.
const gapBytes = 64;

/** Estimates what an item counts as in the bounds of a queue, in bytes. */
export function bytesOf(item: Item | undefined): number {
  return item?.kind === 'data' ? item.bytes : gapBytes;
}

/** Estimates what several items count as, in bytes. */
export function totalBytes(items: readonly Item[]): number {
  return items.reduce((bytes, item) => bytes + bytesOf(item), 0);
}

/** Adds several loads. */
export function loadOf(loads: readonly (Load | undefined)[]): Load {
  let size = 0;
  let bytes = 0;
  for (const load of loads) {
    size += load?.size ?? 0;
    bytes += load?.bytes ?? 0;
  }
  return { size, bytes };
}

/** Returns whether a load is at most half the bounds of a queue. */
export function isHalf(
  { size, bytes }: Load,
  { queueLimit, queueBytes }: { readonly queueLimit: number; readonly queueBytes: number },
): boolean {
  return size <= queueLimit / 2 && bytes <= queueBytes / 2;
}
