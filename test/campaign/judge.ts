import { parseCursor } from '@cometkit/core';
import type { Lives } from './lives.ts';

/** What a client has handed over, in order: the number of an event, or that something is missing here. */
export type Handed =
  | { readonly kind: 'event'; readonly id: number; readonly cursor?: string }
  | { readonly kind: 'gap'; readonly reason: string; readonly from: number; readonly to: number };

type Gap = Extract<Handed, { kind: 'gap' }>;

/** Where an accepted event stands, and when that was known, in Unix milliseconds. */
export interface Place {
  readonly epoch: string;
  readonly position: number;
  readonly at: number;
}

/** Counts of events; a problem is told in words, with the number of the event. */
export interface Verdict {
  readonly expected: number;
  readonly lost: number;
  readonly repeated: number;
  readonly reordered: number;
  readonly covered: number;
  readonly problems: readonly { readonly id: number; readonly text: string }[];
}

/**
 * Where lives have a fork: a node that began in an engine which was set back has gone on with numbers that others knew already. By
 * epoch, the first position that two events have.
 */
export type Forks = ReadonlyMap<string, number>;

/** What stands between the last agreed event and a fork in the same batch belongs to it. */
const forkMargin = 64;

interface Found {
  readonly position: number;
  /** Where it stands in what was handed over. */
  readonly index: number;
}

/**
 * Judges one client: every accepted event came once and in order, or was missing where a gap stood.
 *
 * @param accepted - the places of the events by their numbers. What is not in it may have come or not.
 */
export function judge(
  accepted: ReadonlyMap<number, Place>,
  handed: readonly Handed[],
  log: { readonly lives: Lives; readonly forks: Forks },
): Verdict {
  return new Judge(accepted, handed, log).verdict();
}

/**
 * Finds the forks of lives.
 *
 * @param handed - what all clients have handed over: one branch of a fork may hold nothing but what nobody knows to be accepted.
 */
export function forksOf(accepted: ReadonlyMap<number, Place>, handed: readonly (readonly Handed[])[]): Forks {
  const taken = new Map<string, number>();
  const forks = new Map<string, number>();
  const take = (id: number, { epoch, position }: Pick<Place, 'epoch' | 'position'>): void => {
    const place = `${epoch}:${position}`;
    if ((taken.get(place) ?? id) !== id) forks.set(epoch, Math.min(forks.get(epoch) ?? position, position));
    taken.set(place, id);
  };
  for (const [id, place] of accepted) take(id, place);
  for (const item of handed.flat()) {
    const place = item.kind === 'event' && item.cursor !== undefined ? parseCursor(item.cursor) : undefined;
    if (item.kind === 'event' && place !== undefined) take(item.id, place);
  }
  return forks;
}

class Judge {
  readonly #accepted: ReadonlyMap<number, Place>;
  readonly #handed: readonly Handed[];
  readonly #lives: Lives;
  readonly #forks: Forks;
  readonly #seen = new Set<number>();
  readonly #problems: { id: number; text: string }[] = [];
  /** What came of each life, in the order in which it came. */
  readonly #found = new Map<string, Found[]>();
  readonly #gaps: { readonly gap: Gap; readonly index: number }[] = [];
  readonly #bounds = new Map<string, readonly [after: number, before: number]>();
  #newest: string | undefined;
  readonly #counts = { lost: 0, repeated: 0, reordered: 0, covered: 0 };

  constructor(
    accepted: ReadonlyMap<number, Place>,
    handed: readonly Handed[],
    { lives, forks }: { readonly lives: Lives; readonly forks: Forks },
  ) {
    this.#accepted = accepted;
    this.#handed = handed;
    this.#lives = lives;
    this.#forks = forks;
  }

  verdict(): Verdict {
    for (const [index, item] of this.#handed.entries()) {
      if (item.kind === 'gap') this.#gaps.push({ gap: item, index });
      else this.#take(item.id, index);
    }
    for (const [id, place] of this.#accepted) if (!this.#seen.has(id)) this.#miss(id, place);
    return { expected: this.#accepted.size, ...this.#counts, problems: this.#problems };
  }

  #take(id: number, index: number): void {
    const place = this.#accepted.get(id);
    if (this.#seen.has(id)) {
      this.#counts.repeated += 1;
      this.#problems.push({ id, text: 'came again' });
    } else if (place !== undefined && !this.#follows(place)) {
      this.#counts.reordered += 1;
      this.#problems.push({ id, text: `came late, at ${place.epoch}:${place.position}` });
    } else if (place !== undefined) this.#note(place, index);
    this.#seen.add(id);
  }

  #follows({ epoch, position }: Place): boolean {
    const last = this.#found.get(epoch)?.at(-1);
    if (last !== undefined && last.position >= position && !this.#isForked(epoch, position)) return false;
    if (this.#newest === epoch) return true;
    return [...this.#found.keys()].every((other) => !this.#lives.isBefore(epoch, other));
  }

  #isForked(epoch: string, position: number): boolean {
    return position + forkMargin >= (this.#forks.get(epoch) ?? Number.POSITIVE_INFINITY);
  }

  #note({ epoch, position }: Place, index: number): void {
    const found = this.#found.get(epoch) ?? [];
    found.push({ position, index });
    this.#found.set(epoch, found);
    this.#newest = epoch;
  }

  #miss(id: number, place: Place): void {
    const [after, before] = this.#between(place);
    const near = this.#gaps.filter(({ index }) => after < index && index < before);
    if (near.some(({ gap }) => covers(gap, place))) {
      this.#counts.covered += 1;
      return;
    }
    this.#counts.lost += 1;
    const around = this.#handed.slice(Math.max(after - 1, 0), after + 4).map((item) => this.#describe(item));
    this.#problems.push({
      id,
      text: `is lost, at ${place.epoch}:${place.position}; there came ${around.join(', ')}`,
    });
  }

  #describe(item: Handed): string {
    if (item.kind === 'gap') return `gap ${item.reason} ${item.from}-${item.to}`;
    const { epoch, position } = this.#accepted.get(item.id) ?? {};
    return `${item.id} at ${epoch}:${position}`;
  }

  /** Between which items it should have been. */
  #between({ epoch, position }: Place): readonly [number, number] {
    const [afterLives, beforeLives] = this.#around(epoch);
    const found = this.#found.get(epoch) ?? [];
    const next = firstAbove(found, position);
    const after = Math.max(afterLives, found[next - 1]?.index ?? -1);
    // Who is on the other branch is told where it ends.
    if (this.#isForked(epoch, position)) return [after, beforeLives];
    return [after, Math.min(beforeLives, found[next]?.index ?? Number.POSITIVE_INFINITY)];
  }

  #around(epoch: string): readonly [number, number] {
    const known = this.#bounds.get(epoch);
    if (known !== undefined) return known;
    let [after, before] = [-1, Number.POSITIVE_INFINITY];
    for (const [other, found] of this.#found) {
      if (this.#lives.isBefore(other, epoch)) after = Math.max(after, found.at(-1)?.index ?? -1);
      if (this.#lives.isBefore(epoch, other)) before = Math.min(before, found[0]?.index ?? before);
    }
    this.#bounds.set(epoch, [after, before]);
    return [after, before];
  }
}

function firstAbove(found: readonly Found[], position: number): number {
  let [low, high] = [0, found.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((found[middle]?.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

// Those that tell of another life, or of an engine that lost something, cover whatever is missing at their place.
function covers({ reason, from, to }: Gap, { position }: Place): boolean {
  const wide = ['epoch', 'fork', 'engine', 'maybe', 'expired'].includes(reason);
  return wide || (from <= position && position <= to);
}
