import { joinGaps } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';

/** For whom events are read from the log. */
export interface Reader {
  /** Says whether an event is meant for it. */
  wants(event: CometEvent): boolean;
  /** Says whether one that was meant for it must not be handed out any more. */
  withholds(event: CometEvent): boolean;
  /** True when there may be any such. */
  readonly restricted: boolean;
}

/**
 * Puts gaps in the place of events that must not be handed out any more.
 *
 * Shape: order kept; events that stand side by side share one gap if they may be told `together`. Nothing says how many
 * they are.
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

/** The notice that everything from a position up to an event is withheld. */
export function withheldGap(from: number, { position, cursor }: CometEvent): Gap {
  return { kind: 'gap', from, to: position, cursor, reason: 'policy', count: undefined };
}
