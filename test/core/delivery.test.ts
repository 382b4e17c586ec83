import { type HubOptions, type Item, type Overflow, positionOf } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Recorder, runs, World } from './kit.ts';

// The promise of the project, over random lives of one session: in order, and every event that matched is handed over
// once or covered by one gap. The client is the sequencer of the protocol: it drops what it already has.

type Step =
  | readonly ['publish', number, number]
  | readonly ['subscribe', number]
  | readonly ['unsubscribe', number]
  | readonly ['deliver', number]
  | readonly ['lose', number]
  | readonly ['ack' | 'nonsense' | 'attach' | 'detach' | 'broadcast' | 'unicast' | 'tick']
  | readonly ['resume'];

const subjects = ['/a', '/a/x', '/b', '/c'];
const patterns = ['/a', '/b', '/a/*', '/a,/b', '/**'];

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.tuple(fc.constant('publish' as const), fc.nat(3), fc.nat(300)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('subscribe' as const), fc.nat(4)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('unsubscribe' as const), fc.nat(4)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('deliver' as const), fc.integer({ min: 1, max: 6 })) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('lose' as const), fc.integer({ min: 1, max: 6 })) },
  ...(['ack', 'nonsense', 'attach', 'detach', 'broadcast', 'unicast', 'tick', 'resume'] as const).map(
    (name) => ({ weight: name === 'ack' ? 4 : 1, arbitrary: fc.constant([name] as const) }),
  ),
);

class Life {
  readonly world: World;
  readonly session;
  readonly wanted = new Map<number, string>();
  readonly handed = new Map<number, string>();
  readonly covered = new Set<number>();
  #received = { position: 0, cursor: '' };
  #start = 0;

  constructor(options: HubOptions) {
    this.world = new World(options);
    this.world.floods('/before', 3);
    this.session = this.world.hub.join();
    this.#start = 3;
    this.#received = { position: 3, cursor: this.world.hub.cursor() };
  }

  run(steps: readonly Step[]): void {
    for (const [name, ...args] of steps) {
      if (this.session.closed) return;
      this.#perform(name, args as number[]);
      this.#check();
    }
  }

  // The network is kind from now on.
  drain(): void {
    this.world.hub.attach(this.session, new Recorder(), { after: this.#received.cursor });
    for (let rounds = 0; this.session.waiting && rounds < 1000; rounds += 1) {
      this.#receive(this.#take());
      this.session.ack(this.#received.position);
    }
  }

  #perform(name: Step[0], [first = 0, second = 0]: number[]): void {
    const { hub } = this.world;
    const ids = this.session.subscriptions.map(({ id }) => id);
    if (name === 'publish') this.#publish(() => hub.publish(subjects[first] ?? '', 'x'.repeat(second)));
    if (name === 'broadcast') this.#publish(() => hub.broadcast('/c', 1));
    if (name === 'unicast') this.#publish(() => hub.send(this.session.id, '/c', 1));
    if (name === 'subscribe') this.#subscribe(patterns[first] ?? '');
    if (name === 'unsubscribe' && ids.length > 0) hub.unsubscribe(this.session, ids[first % ids.length]);
    if (name === 'deliver') this.#receive(this.#take(first));
    if (name === 'lose' && this.#take(first).length > 0) this.#attach();
    if (name === 'ack') this.session.ack(this.#received.position);
    if (name === 'nonsense') this.session.ack(this.session.taken + 1);
    if (name === 'attach' || name === 'resume') this.#attach();
    if (name === 'detach' && this.session.transport) hub.detach(this.session, this.session.transport);
    if (name === 'tick') this.world.advance(1000);
  }

  #subscribe(pattern: string): void {
    if (this.session.subscriptions.length < 20) this.world.hub.subscribe(this.session, pattern);
  }

  #attach(): void {
    this.world.hub.attach(this.session, new Recorder(), { after: this.#received.cursor });
  }

  #publish(
    publish: () => { position: number; subject: string; scope: string; json: string } | undefined,
  ): void {
    const event = publish();
    if (event === undefined) return;
    const matches = event.scope !== 'subject' || this.session.subscriptionFor(event.subject) !== undefined;
    if (matches) this.wanted.set(event.position, event.json);
  }

  // Without a rewind nothing is given twice, and nothing out of order.
  #take(maxItems?: number): readonly Item[] {
    const before = this.session.taken;
    const items = this.session.take(maxItems);
    const positions = [before, ...items.map(positionOf)];
    expect(positions).toEqual([...new Set(positions)].sort((one, other) => one - other));
    return items;
  }

  #receive(items: readonly Item[]): void {
    for (const item of items) {
      const position = positionOf(item);
      if (position <= this.#received.position) continue;
      if (item.kind === 'data') this.handed.set(position, item.json);
      else this.#cover(item.to);
      this.#received = { position, cursor: item.cursor };
    }
  }

  #cover(to: number): void {
    for (let position = this.#received.position + 1; position <= to; position += 1)
      this.covered.add(position);
  }

  #check(): void {
    const { limits } = this.world.hub;
    const { size, bytes } = this.session.queued;
    const stats = this.world.hub.stats();
    expect(size).toBeLessThanOrEqual(limits.queueLimit);
    if (size > 1) expect(bytes).toBeLessThanOrEqual(limits.queueBytes);
    expect([stats.queuedEvents, stats.queuedBytes]).toEqual([size, bytes]);
    expect(this.session.acked).toBeLessThanOrEqual(this.session.taken);
  }

  judge(): void {
    for (const [position, json] of this.handed) expect(this.wanted.get(position)).toBe(json);
    const lost = [...this.wanted.keys()].filter(
      (position) => position > this.#start && !this.handed.has(position) && !this.covered.has(position),
    );
    const twice = [...this.handed.keys()].filter((position) => this.covered.has(position));
    expect({ lost, twice }).toEqual({ lost: [], twice: [] });
  }
}

function live(overflow: Overflow, options: HubOptions): void {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
      const life = new Life({ overflow, queueLimit: 6, queueBytes: 3000, ...options });
      life.run(steps);
      if (!life.session.closed) {
        life.drain();
        life.judge();
      }
      life.world.hub.close();
      expect(life.world.hub.stats()).toMatchObject({
        queuedEvents: 0,
        queuedBytes: 0,
        subscriptions: 0,
        sessionBytes: 0,
      });
    }),
    runs(150),
  );
}

describe.each<Overflow>(['spill', 'latest-per-subject', 'disconnect'])(
  'a session under the policy %s',
  (policy) => {
    it('is handed every event once or told of it, when the log holds everything', () => live(policy, {}));

    it('is handed every event once or told of it, when the log forgets early', () =>
      live(policy, { log: { maxEvents: 12 } }));

    it('is handed every event once or told of it, when the log forgets at once', () =>
      live(policy, { log: { maxEvents: 1 } }));

    it('is handed every event once or told of it, when the hub is at its bounds', () =>
      live(policy, { hubQueuedEvents: 3, log: { maxEvents: 20 } }));
  },
);
