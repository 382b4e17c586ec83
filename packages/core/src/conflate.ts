import type { CometEvent, Gap, Item } from './event.ts';
import type { Counters } from './hub-internals.ts';
import type { Queue } from './queue.ts';

/**
 * Keeps the newest event of each subject and covers the others by gap notices in their places.
 *
 * Shape: order kept; runs of dropped events that stand side by side share one gap; gaps that were there stay covered.
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

/** Makes one notice of two that follow each other. Shape: of the reasons the graver, for what is conflated was at least replaced. */
export function joinGaps(first: Gap, second: Gap): Gap {
  const count =
    first.count === undefined || second.count === undefined ? undefined : first.count + second.count;
  const reason = first.reason === 'conflated' ? second.reason : first.reason;
  return { ...second, from: first.from, reason, count };
}

/**
 * Keeps of what waits in a queue, and of one more event, the newest of each subject.
 *
 * Shape: false when it frees less than a quarter, for then it would soon be made again for every event.
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
  // Otherwise the queue is read again from the log, replaced events and all.
  if (worthIt) counters.coalesced += replaced;
  return worthIt;
}

function eventsIn(items: readonly Item[]): number {
  return items.reduce((count, { kind }) => (kind === 'data' ? count + 1 : count), 0);
}
