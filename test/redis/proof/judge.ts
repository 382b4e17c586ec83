import { parseCursor } from '@cometkit/core';

/** What a client has handed over, in order: the number of an event, or that something is missing here. */
export type Handed =
  | { readonly kind: 'event'; readonly id: number }
  | { readonly kind: 'gap'; readonly reason: string; readonly from: number; readonly to: number };

/** Counts of events; a problem is told in words. */
export interface Verdict {
  readonly expected: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly covered: number;
  readonly problems: readonly string[];
}

interface Place {
  readonly life: number;
  readonly position: number;
}

/** Where an accepted event stands. Lives are numbered by the engine, in the order in which they began. */
export function placeOf(cursor: string): Place {
  const { epoch, position } = parseCursor(cursor) ?? { epoch: '0000000', position: 0 };
  return { life: Number.parseInt(epoch.slice(0, -7), 10), position };
}

function isBefore(one: Place, other: Place): boolean {
  return one.life < other.life || (one.life === other.life && one.position < other.position);
}

/**
 * Judges one client: every accepted event came once and in order, or was missing where a gap stood.
 *
 * @param accepted - the places of the events by their numbers. What is not in it may have come or not.
 */
export function judge(accepted: ReadonlyMap<number, Place>, handed: readonly Handed[]): Verdict {
  const order = [...accepted].sort(([, one], [, other]) => (isBefore(one, other) ? -1 : 1));
  const rank = new Map(order.map(([id], index) => [id, index]));
  const seen = new Set<number>();
  const counts = { lost: 0, repeated: 0, reordered: 0, covered: 0 };
  const problems: string[] = [];
  let next = 0;
  let gaps: Extract<Handed, { kind: 'gap' }>[] = [];
  const miss = (until: number): void => {
    for (; next < until; next += 1) {
      const [id, place] = order[next] ?? [0, { life: 0, position: 0 }];
      if (gaps.some((gap) => covers(gap, place))) counts.covered += 1;
      else {
        counts.lost += 1;
        problems.push(
          `event ${id} at ${place.life}:${place.position} is lost, after ${gaps.map(({ reason, from, to }) => `${reason} ${from}-${to}`)}`,
        );
      }
    }
    gaps = [];
  };
  for (const item of handed) {
    if (item.kind === 'gap') gaps.push(item);
    else {
      const at = rank.get(item.id);
      if (seen.has(item.id)) {
        counts.repeated += 1;
        problems.push(`event ${item.id} came again`);
      } else if (at !== undefined && at < next) {
        counts.reordered += 1;
        problems.push(`event ${item.id} came late`);
      } else if (at !== undefined) {
        miss(at);
        next = at + 1;
      }
      seen.add(item.id);
    }
  }
  miss(order.length);
  return { expected: order.length, ...counts, problems };
}

// Those that tell of another life, or of an engine that lost something, cover whatever is missing at their place.
function covers({ reason, from, to }: Extract<Handed, { kind: 'gap' }>, { position }: Place): boolean {
  const wide = ['epoch', 'fork', 'engine', 'maybe', 'expired'].includes(reason);
  return wide || (from <= position && position <= to);
}
