import type { CometEvent, Gap, GapReason, Item } from './event.ts';
import type { Queue } from './queue.ts';

/** Decides which waiting events give way to newer ones. */
export interface Conflation {
  /** Why the gaps say that events are missing. */
  readonly reason: Extract<GapReason, 'conflated' | 'outdated'>;
  /** Returns what an event has in common with the newer one that replaces it; undefined for an event that stays. */
  keyOf(event: CometEvent): string | undefined;
}

/** The overflow policy of a hub: the newest event of each subject stays, and whatever was sent to somebody. */
export const latestPerSubject: Conflation = {
  reason: 'conflated',
  keyOf: ({ scope, subject }) => (scope === 'subject' ? subject : undefined),
};

/**
 * Keeps the newest event of each key and replaces the others with gaps.
 *
 * @returns the items in the same order. Neighbouring dropped events share one gap; existing gaps stay covered.
 */
export function newestOf(items: readonly Item[], { keyOf, reason }: Conflation): Item[] {
  const keys = items.map((item) => (item.kind === 'data' ? keyOf(item) : undefined));
  const newest = new Map<string, number>();
  for (const [index, key] of keys.entries()) if (key !== undefined) newest.set(key, index);
  const kept: Item[] = [];
  for (const [index, item] of items.entries()) {
    const key = keys[index];
    if (item.kind === 'gap') cover(kept, item);
    else if (key === undefined || newest.get(key) === index) kept.push(item);
    else cover(kept, gapOf(item, reason));
  }
  return kept;
}

function cover(kept: Item[], gap: Gap): void {
  const last = kept.at(-1);
  if (last?.kind === 'gap') kept[kept.length - 1] = joinGaps(last, gap);
  else kept.push(gap);
}

function gapOf({ position, cursor }: CometEvent, reason: GapReason): Gap {
  return { kind: 'gap', from: position, to: position, cursor, reason, count: 1 };
}

/** Merges two neighbouring gaps. @returns a gap with the graver reason: what was replaced by something newer is not lost. */
export function joinGaps(first: Gap, second: Gap): Gap {
  const count =
    first.count === undefined || second.count === undefined ? undefined : first.count + second.count;
  const reason = gravity(first) < gravity(second) ? second.reason : first.reason;
  return { ...second, from: first.from, reason, count };
}

function gravity({ reason }: Gap): number {
  if (reason === 'outdated') return 0;
  return reason === 'conflated' ? 1 : 2;
}

/** Returns whether a gap stands only for events that newer ones have replaced. */
export function isReplaced(gap: Gap): boolean {
  return gravity(gap) < 2;
}

/**
 * Reduces what waits in a queue.
 *
 * @param next - an event that is to wait behind it; it is added, whatever the bounds of the queue are.
 * @returns the number of events that were replaced.
 */
export function conflate(queue: Queue, conflation: Conflation, next?: CometEvent): number {
  let replaced = 0;
  queue.replaceWaiting((waiting) => {
    const items = next === undefined ? waiting : [...waiting, next];
    const kept = newestOf(items, conflation);
    replaced = eventsIn(items) - eventsIn(kept);
    return kept;
  });
  return replaced;
}

function eventsIn(items: readonly Item[]): number {
  return items.reduce((count, { kind }) => (kind === 'data' ? count + 1 : count), 0);
}
