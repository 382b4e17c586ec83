import type { ClientItem, Subscription } from '@cometkit/client';
import { type Actor, toHanded } from './actor.ts';
import { type Accepted, type Handed, judge, misplaced } from './oracle.ts';
import type { SeededRandom } from './random.ts';
import type { World } from './world.ts';

/** What a subscription asks for of the past. */
type Past = { readonly since?: string; readonly last?: number; readonly latest?: boolean };

/** What the judge must know of the server. */
export interface Record {
  readonly accepted: readonly Accepted[];
  readonly epochs: readonly string[];
}

const patterns = ['/a', '/a/1', '/a/2,/b', '/**'];
const roots: { readonly [pattern: string]: readonly string[] } = {
  '/a': ['/a'],
  '/a/1': ['/a/1'],
  '/a/2,/b': ['/a/2', '/b'],
  '/**': [''],
};

/**
 * A subscription that comes and goes beside the lasting one of a client, with a past or without, and is judged by itself:
 * from its beginning on every event that it matches was handed over once, in order, or under a gap that lies behind its
 * beginning and behind what it was handed.
 */
export class Passing {
  readonly #record: Record;
  readonly #pattern: string;
  readonly #past: Past;
  readonly #handed: Handed[] = [];
  readonly #subscription: Subscription<unknown>;
  readonly #calledAt: number;
  #readyAt: number | undefined;

  constructor(record: Record, actor: Actor, pattern: string, past: Past, pause?: () => Promise<void>) {
    this.#record = record;
    this.#pattern = pattern;
    this.#past = past;
    this.#calledAt = record.accepted.length;
    const subscription = actor.client.subscribe(pattern, { ...past, gaps: true });
    if (pause) void this.#iterate(subscription, pause);
    else subscription.on((item) => this.#take(item));
    subscription.ready.then(
      () => {
        this.#readyAt = record.accepted.length;
      },
      () => undefined,
    );
    this.#subscription = subscription;
  }

  /** Lets subscriptions come and go over a time. Units: ms. */
  static plan(world: World, random: SeededRandom, record: Record, actors: readonly Actor[], overMs: number) {
    const all: Passing[] = [];
    for (let count = random.integer(2, 8); count > 0; count -= 1) {
      const [actor, pattern, lastsMs] = [
        random.pick(actors),
        random.pick(patterns),
        random.integer(10, overMs),
      ];
      const way = random.pick(['plain', 'since', 'last', 'last', 'latest'] as const);
      const [back, last] = [random.integer(0, 12), random.integer(1, 40)];
      world.at(random.integer(0, overMs), () => {
        const since = record.accepted.at(-1 - back)?.cursor;
        const past = { plain: {}, since: since ? { since } : {}, last: { last }, latest: { latest: true } }[
          way
        ];
        const pauseMs = lastsMs % 97;
        // Every other one is a slow iteration, which holds its server back.
        const pause = () => new Promise<void>((done) => void world.at(pauseMs, done));
        const passing = new Passing(record, actor, pattern, past, lastsMs % 2 === 0 ? pause : undefined);
        all.push(passing);
        world.at(lastsMs, () => passing.#subscription.unsubscribe());
      });
    }
    return all;
  }

  async #iterate(subscription: Subscription<unknown>, pause: () => Promise<void>): Promise<void> {
    try {
      for await (const item of subscription) {
        this.#take(item as ClientItem);
        await pause();
      }
    } catch {
      // Refused: it has ended.
    }
  }

  /** True while it stands, for all that its client knows. */
  get open(): boolean {
    return !this.#subscription.closed;
  }

  end(): void {
    this.#subscription.unsubscribe();
  }

  // What is sent to everybody is no business of one subscription.
  #take(item: ClientItem): void {
    if (item.kind === 'gap' || item.subject !== '/all') this.#handed.push(toHanded(item));
  }

  /** What was wrong with it, in words. */
  problems(): string[] {
    const { accepted, epochs } = this.#record;
    const events = this.#handed.filter((item) => item.kind === 'data');
    const places = new Map(accepted.map(({ id }, index) => [id, index]));
    const at = (item: Handed | undefined): number =>
      item?.kind === 'data' ? (places.get(item.id) ?? Number.NaN) : accepted.length;
    const first = Math.min(this.#readyAt ?? accepted.length, at(events[0]));
    const since = accepted.findIndex(({ cursor }) => cursor === this.#past.since);
    const faults = [...misplaced(this.#handed, epochs), ...this.#tooMuch(events.map(at), since)];
    const from = this.#past.latest ? (this.#readyAt ?? accepted.length) : since >= 0 ? since + 1 : first;
    // It may have ended on the way: what came behind the last item is not looked at.
    const until = Math.max(at(events.at(-1)), from - 1);
    const matching = accepted
      .slice(from, events.length === 0 ? from : until + 1)
      .filter(({ subject }) => this.#matches(subject));
    const looked = this.#handed.filter((item) => item.kind === 'gap' || at(item) >= from);
    faults.push(...judge(matching, looked, epochs).problems);
    return faults.map((fault) => `${this.#pattern} ${JSON.stringify(this.#past)}: ${fault}`);
  }

  // Of what was there when it was asked for, it gets no more than it asked for.
  #tooMuch(places: readonly number[], since: number): string[] {
    if (places.some((place) => place <= since)) return ['events from before the place that it named'];
    const before = places.filter((place) => place < this.#calledAt).length;
    const { last = Number.POSITIVE_INFINITY } = this.#past;
    return before > last ? [`${before} past events instead of ${last}`] : [];
  }

  #matches(subject: string): boolean {
    return (roots[this.#pattern] ?? []).some((root) => subject === root || subject.startsWith(`${root}/`));
  }
}
