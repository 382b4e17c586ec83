import { parseCursor } from '@cometkit/core';

/** An event as the server accepted it. */
export interface Accepted {
  /** What the event is known by: its number, or the word of the client that published it. */
  readonly id: number | string;
  readonly cursor: string;
  readonly subject: string;
}

/** What a client handed to its application: an event or a gap. */
export type Handed =
  | { readonly kind: 'data'; readonly id: number | string; readonly cursor: string }
  | {
      readonly kind: 'gap';
      readonly from: number;
      readonly to: number;
      readonly cursor: string;
      readonly reason: string;
    };

/** What the oracle found. @returns counts of events; `problems` in words, empty when all is well. */
export interface Verdict {
  readonly expected: number;
  readonly handed: number;
  readonly covered: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly fabricated: number;
  readonly problems: readonly string[];
}

interface Reach {
  epoch: string;
  position: number;
}

/**
 * Judges one client: every event it wanted was handed over once and in order, or is covered by exactly one gap notice
 * that stood at that place (invariants I1 to I4).
 *
 * `wanted` are the accepted events that matched, in order, over all lives of the log; `epochs` are these lives, the oldest
 * first. With `rising` positions rise from life to life, as those of a shared log do.
 */
export function judge(
  wanted: readonly Accepted[],
  handed: readonly Handed[],
  epochs: readonly string[],
  rising = false,
): Verdict {
  const places = new Map(wanted.map((event, index) => [event.id, index]));
  const state = { next: 0, covered: 0, repeated: 0, reordered: 0, fabricated: 0, lost: 0, handed: 0 };
  const problems: string[] = [];
  const seen = new Set<number | string>();
  for (const item of handed) {
    if (item.kind === 'gap') {
      const until = endOfGap(wanted, state.next, item, { epochs, rising });
      state.covered += until - state.next;
      state.next = until;
      continue;
    }
    state.handed += 1;
    const place = places.get(item.id);
    if (place === undefined) state.fabricated += 1;
    else if (seen.has(item.id)) state.repeated += 1;
    else if (place < state.next) state.reordered += 1;
    else {
      for (let index = state.next; index < place; index += 1)
        problems.push(`lost event ${wanted[index]?.id} before ${item.id}`);
      state.lost += place - state.next;
      state.next = place + 1;
    }
    seen.add(item.id);
  }
  for (let index = state.next; index < wanted.length; index += 1)
    problems.push(`event ${wanted[index]?.id} never came`);
  state.lost += wanted.length - state.next;
  for (const name of ['repeated', 'reordered', 'fabricated'] as const) {
    if (state[name] > 0) problems.push(`${name}: ${state[name]}`);
  }
  const { next: _, ...counts } = state;
  return { expected: wanted.length, ...counts, problems };
}

/** Items that lie behind what was handed over before them, in words; a gap must not even begin there. */
export function misplaced(handed: readonly Handed[], epochs: readonly string[]): string[] {
  const faults: string[] = [];
  let last: Reach | undefined;
  for (const item of handed) {
    const reach = reachOf(item.cursor);
    const order = last === undefined ? 1 : epochs.indexOf(reach.epoch) - epochs.indexOf(last.epoch);
    const back = order < 0 || (order === 0 && reach.position <= (last?.position ?? 0));
    const overlaps = order === 0 && item.kind === 'gap' && item.from <= (last?.position ?? 0);
    if (back || overlaps) faults.push(`${item.kind} ${item.cursor} behind ${last?.position}`);
    last = reach;
  }
  return faults;
}

// Up to which of the wanted events a gap covers: all of earlier lives of the log, and those up to its end in the life
// that it names. A gap within one life covers nothing before its beginning.
function endOfGap(
  wanted: readonly Accepted[],
  next: number,
  gap: Extract<Handed, { kind: 'gap' }>,
  { epochs, rising }: { readonly epochs: readonly string[]; readonly rising: boolean },
): number {
  const end = reachOf(gap.cursor);
  const life = epochs.indexOf(end.epoch);
  const within = !['epoch', 'fork', 'engine'].includes(gap.reason);
  let index = next;
  for (; index < wanted.length; index += 1) {
    const { epoch, position } = reachOf(wanted[index]?.cursor ?? '');
    const order = epochs.indexOf(epoch) - life;
    if (order > 0 || (order === 0 && position > end.position)) break;
    if (order === 0 && gap.reason === 'engine' && position < gap.from) break;
    if (within && ((order < 0 && !rising) || position < gap.from)) break;
  }
  return index;
}

function reachOf(cursor: string): Reach {
  const parsed = parseCursor(cursor);
  return { epoch: parsed?.epoch ?? '', position: parsed?.position ?? 0 };
}
