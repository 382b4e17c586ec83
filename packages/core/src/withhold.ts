import { joinGaps } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import type { LookedFor } from './log-walk.ts';

/** Decides which events of the log one session gets. */
export interface Reader {
  /** Returns whether an event is meant for the session. */
  wants(event: CometEvent): boolean;
  /** Returns whether an event that was meant for the session must no longer be handed out. */
  withholds(event: CometEvent): boolean;
  /** True when there may be such events. */
  readonly restricted: boolean;
  /** Where in the log to look for either kind; undefined for everywhere. */
  readonly lookedFor?: LookedFor;
}

/**
 * Replaces events that must no longer be handed out with gaps, which do not reveal how many events are missing.
 *
 * @param together - whether neighbouring events share one gap.
 * @returns the items in the same order.
 */
export function withhold(items: readonly Item[], reader: Reader, together: boolean): Item[] {
  const kept: Item[] = [];
  for (const item of items) {
    const gap = item.kind === 'data' && reader.withholds(item) ? withheldGap(item.position, item) : undefined;
    const last = kept.at(-1);
    if (gap === undefined) kept.push(item);
    else if (together && last?.kind === 'gap' && last.reason === 'policy')
      kept[kept.length - 1] = joinGaps(last, gap);
    else kept.push(gap);
  }
  return kept;
}

/** Makes the gap for withheld events from a position up to an event. */
export function withheldGap(from: number, { position, cursor }: CometEvent): Gap {
  return { kind: 'gap', from, to: position, cursor, reason: 'policy', count: undefined };
}
