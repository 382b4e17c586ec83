import type { CometEvent, Gap, Item } from './event.ts';
import type { Counters } from './hub-internals.ts';
import type { Queue } from './queue.ts';

/**
 * Keeps the newest event of each subject and replaces the others with gaps.
 *
 * @returns the items in the same order. Neighbouring dropped events share one gap; existing gaps stay covered.
 */
export function latestPerSubject(items: readonly Item[]): Item[] {
  const newest = new Map<string, Item>();
  for (const item of items) if (item.kind === 'data') newest.set(item.subject, item);
  const kept: Item[] = [];
  for (const item of items) {
    if (item.kind === 'data' && newest.get(item.subject) === item) kept.push(item);
    else cover(kept, item);
  }
  return kept;
}

function cover(kept: Item[], item: Item): void {
  const last = kept.at(-1);
  const gap: Gap = item.kind === 'gap' ? item : asGap(item.position, item.cursor);
  if (last?.kind === 'gap') kept[kept.length - 1] = joinGaps(last, gap);
  else kept.push(gap);
}

function asGap(position: number, cursor: string): Gap {
  return { kind: 'gap', from: position, to: position, cursor, reason: 'conflated', count: 1 };
}

/** Merges two neighbouring gaps. @returns a gap with the graver reason: `conflated` events were at least replaced. */
export function joinGaps(first: Gap, second: Gap): Gap {
  const count =
    first.count === undefined || second.count === undefined ? undefined : first.count + second.count;
  const reason = first.reason === 'conflated' ? second.reason : first.reason;
  return { ...second, from: first.from, reason, count };
}

/**
 * Reduces what waits in a queue, and one more event, to the newest event of each subject.
 *
 * @returns false when that frees less than a quarter of the queue: it would have to be repeated for nearly every event.
 */
export function conflate(queue: Queue, event: CometEvent, queueLimit: number, counters: Counters): boolean {
  let replaced = 0;
  queue.replaceWaiting((waiting) => {
    const items = [...waiting, event];
    const kept = latestPerSubject(items);
    replaced = eventsIn(items) - eventsIn(kept);
    return kept;
  });
  const worthIt = queue.size <= (queueLimit * 3) / 4 && queue.withinBounds;
  // Otherwise the caller spills, and the session reads every event from the log.
  if (worthIt) counters.coalesced += replaced;
  return worthIt;
}

function eventsIn(items: readonly Item[]): number {
  return items.reduce((count, { kind }) => (kind === 'data' ? count + 1 : count), 0);
}
