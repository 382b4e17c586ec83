import assert from 'node:assert/strict';
import type { Hub, Session, Transport } from '@cometkit/core';
import type { Cluster, ClusterHub } from '@cometkit/core/cluster';
import { createHub, talkOf } from '@cometkit/handler';
import { type EngineStage, settles } from './engine-stage.ts';

type EngineCase = (stage: EngineStage) => Promise<void>;

/** Longer than a node that was killed keeps anybody there. Units: milliseconds, as all of these. */
const ghostMs = 3000;
const graceMs = 5000;

/** A stream that nobody reads. */
function stream(): Transport {
  return { idleMs: 20_000, wake: () => undefined, idle: () => undefined, close: () => undefined };
}

/** A client at a node. */
interface Guest {
  readonly session: Session;
  /** Its stream breaks. */
  cut(): void;
}

/** A node with people. */
class House {
  readonly hub: ClusterHub;
  readonly #cluster: Cluster;
  /** What was told of a subject: `joined ada 1`. */
  readonly #told: [subject: string, what: string][] = [];

  constructor(stage: EngineStage) {
    this.#cluster = stage.engine.open();
    this.hub = createHub({ cluster: this.#cluster, presence: ['/rooms/**'], logger: false });
    stage.atEnd(() => this.hub.close());
  }

  async start(): Promise<this> {
    await this.hub.cluster?.start();
    this.hub.cluster?.watch({
      seen: ({ subject, json }) => {
        if (!subject.startsWith('/$presence')) return;
        const { change, member, count } = JSON.parse(json) ?? {};
        this.#told.push([subject.slice('/$presence'.length), `${change} ${member?.id} ${count}`]);
      },
      lost: () => undefined,
    });
    return this;
  }

  comes(subject: string, principal: string): Guest {
    const { hub } = this;
    const session = hub.join({ principal });
    hub.subscribe(session, subject);
    const transport = stream();
    hub.attach(session, transport);
    return { session, cut: () => hub.detach(session, transport) };
  }

  /** Says at which houses the source of a subject runs. */
  runs(template: string, running: Set<House>): void {
    // What a publish gives is nobody's affair here.
    talkOf(this.hub as Hub).source(template, ({ signal }) => this.#ticks(running, signal));
  }

  async *#ticks(running: Set<House>, signal: AbortSignal): AsyncGenerator<number> {
    running.add(this);
    for (let n = 0; !signal.aborted; n += 1) {
      yield n;
      await wait(20);
    }
    running.delete(this);
  }

  /** Ends it as kill -9 does: nothing is said any more. */
  async dies(): Promise<void> {
    await this.#cluster.stop();
  }

  at(subject: string): string {
    return this.hub
      .presence(subject)
      .map(({ id }) => id)
      .join(' ');
  }

  told(subject: string): string[] {
    return this.#told.filter(([one]) => one === subject).map(([, what]) => what);
  }
}

async function houses(stage: EngineStage, count: number): Promise<[House, House, House]> {
  const made = Array.from({ length: count }, () => new House(stage));
  const [a, b, c] = await Promise.all(made.map((house) => house.start()));
  assert.ok(a !== undefined && b !== undefined);
  return [a, b, c ?? b];
}

/** Waits until all houses tell the same of a subject. */
function all(of: readonly House[], subject: string, names: string): Promise<void> {
  return settles(() => {
    for (const house of of) assert.equal(house.at(subject), names);
  });
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Who is there, over all nodes of every engine. */
export const presenceCases: Readonly<Record<string, EngineCase>> = {
  'knows on every node who is at any of them, and tells each coming and going once': async (stage) => {
    const of = await houses(stage, 3);
    const [a, b, c] = of;
    const ada = a.comes('/rooms/1', 'ada');
    await all(of, '/rooms/1', 'ada');
    b.comes('/rooms/1', 'bob');
    await all(of, '/rooms/1', 'ada bob');
    c.comes('/rooms/2', 'eve');
    await all(of, '/rooms/2', 'eve');
    assert.equal(c.hub.presence('/rooms/1', { count: true }), 2);
    a.hub.unsubscribe(ada.session);
    await all(of, '/rooms/1', 'bob');
    for (const house of of) {
      assert.deepEqual(house.told('/rooms/1'), ['joined ada 1', 'joined bob 2', 'left ada 1']);
      assert.deepEqual(house.told('/rooms/2'), ['joined eve 1']);
    }
  },

  'is silent about who moves between nodes, and tells within the grace of who does not come back': async (
    stage,
  ) => {
    const of = await houses(stage, 3);
    const [a, b] = of;
    const [mover, tab, goer] = [
      a.comes('/rooms/mover', 'ada'),
      a.comes('/rooms/tabs', 'bob'),
      a.comes('/rooms/goer', 'eve'),
    ];
    b.comes('/rooms/tabs', 'bob');
    for (const [subject, name] of [
      ['/rooms/mover', 'ada'],
      ['/rooms/tabs', 'bob'],
      ['/rooms/goer', 'eve'],
    ] as const)
      await all(of, subject, name);
    for (const guest of [mover, tab, goer]) guest.cut();
    await wait(300);
    b.comes('/rooms/mover', 'ada');
    await all(of, '/rooms/goer', 'eve');
    await wait(graceMs - 300 + 500);
    await all(of, '/rooms/goer', '');
    await wait(300);
    for (const house of of) {
      assert.deepEqual(house.told('/rooms/mover'), ['joined ada 1']);
      assert.deepEqual(house.told('/rooms/tabs'), ['joined bob 1']);
      assert.deepEqual(house.told('/rooms/goer'), ['joined eve 1', 'left eve 0']);
    }
  },

  'leaves no ghost for 3 s of a node that dies, whichever it is, and is silent about who is elsewhere by then':
    async (stage) => {
      const of = await houses(stage, 3);
      for (const [index, house] of of.entries()) {
        house.comes(`/rooms/${index}`, 'ghost');
        house.comes(`/rooms/${index}`, 'mover');
        await all(of, `/rooms/${index}`, 'ghost mover');
      }
      // Long enough that every node has said what it knows to a leader that is well.
      await wait(3500);
      const left = [...of];
      for (const [index, house] of of.entries()) {
        const begun = performance.now();
        await house.dies();
        left.shift();
        const [next] = left;
        if (next === undefined) break;
        await wait(500);
        next.comes(`/rooms/${index}`, 'mover');
        await settles(() => {
          for (const one of left) assert.equal(one.at(`/rooms/${index}`), 'mover');
        });
        const took = performance.now() - begun;
        assert.ok(took < ghostMs, `a ghost was there for ${took} ms`);
        assert.deepEqual(next.told(`/rooms/${index}`), ['joined ghost 1', 'joined mover 2', 'left ghost 1']);
        await wait(3500);
      }
    },

  'is silent about an engine that is away, or has lost everything': async (stage) => {
    const { accidents } = stage.engine;
    const of = await houses(stage, 3);
    for (const [index, house] of of.entries()) house.comes('/rooms/1', `user${index}`);
    await settles(() => {
      for (const house of of) assert.equal(house.hub.presence('/rooms/1', { count: true }), 3);
    });
    const before = of.map((house) => house.told('/rooms/1'));
    const which = [
      'is killed and comes back with all it had',
      'answers nothing for a while',
      'is emptied',
    ] as const;
    for (const accident of which) {
      await accidents[accident]?.();
      await wait(3500);
    }
    assert.deepEqual(
      of.map((house) => house.told('/rooms/1')),
      before,
    );
    of[0].comes('/rooms/1', 'late');
    await settles(() => {
      for (const house of of) assert.equal(house.hub.presence('/rooms/1', { count: true }), 4);
    }, 15_000);
  },

  'takes nothing that an application publishes beside it for a coming or a going': async (stage) => {
    const [a, b] = await houses(stage, 2);
    const strange = [null, 1, 'joined', [], {}, { change: 'left' }, { change: 'joined', member: { id: 1 } }];
    for (const data of strange) await a.hub.publish('/$presence/rooms/1', data).accepted();
    a.comes('/rooms/1', 'ada');
    await all([a, b], '/rooms/1', 'ada');
  },

  'runs a source at one of the nodes where somebody listens, and at another one when that dies': async (
    stage,
  ) => {
    const of = await houses(stage, 3);
    const running = new Set<House>();
    for (const house of of) house.runs('/ticks/:id', running);
    const [a, b, c] = of;
    assert.equal(running.size, 0);
    const first = a.comes('/ticks/1', 'ada');
    await settles(() => assert.deepEqual([...running], [a]));
    b.comes('/ticks/1', 'bob');
    await wait(500);
    assert.deepEqual([...running], [a]);
    c.comes('/ticks/1', 'eve');
    a.hub.leave(first.session);
    await settles(() => assert.deepEqual([...running], [b]));
    await wait(3500);
    running.delete(b);
    await b.dies();
    await settles(() => assert.ok(running.has(c)), 10_000);
    assert.ok(!running.has(a));
  },

  'tells a node that starts later who is there': async (stage) => {
    const [a, b] = await houses(stage, 2);
    for (let n = 0; n < 30; n += 1) a.comes('/rooms/1', `user${n}`);
    await settles(() => assert.equal(b.hub.presence('/rooms/1', { count: true }), 30));
    const late = await new House(stage).start();
    await all([late], '/rooms/1', a.at('/rooms/1'));
    late.comes('/rooms/1', 'late');
    await settles(() => assert.equal(a.hub.presence('/rooms/1', { count: true }), 31));
    await settles(() => assert.deepEqual(a.at('/rooms/1'), late.at('/rooms/1')));
  },
};
