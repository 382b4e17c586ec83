import assert from 'node:assert/strict';
import type { FrameEntry } from '@cometkit/core/cluster';
import { type EngineStage, eventOf, settles } from './engine-stage.ts';
import { RecordingSink } from './recording-sink.ts';

type EngineCase = (stage: EngineStage) => Promise<void>;

const full = (length: number): FrameEntry[] =>
  Array.from({ length }, (_, index) => eventOf(`/full/${index}`, `${index}`));

/** What every shared log does. */
export const logCases: Readonly<Record<string, EngineCase>> = {
  'begins with a place, and is live once the window is there': async (stage) => {
    const { sink } = await stage.node();
    assert.equal(sink.told[0]?.kind, 'renew');
    assert.equal(sink.states.at(-1), 'live');
  },

  'names the life that it has': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    await alice.publish('/a');
    for (const { cluster, sink } of [alice, bob]) assert.equal((await cluster.log.end()).epoch, sink.epoch);
  },

  'gives every node what any of them appends, in one order': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    await Promise.all([
      (async () => {
        for (let count = 1; count <= 20; count += 1) await alice.publish(`/alice/${count}`);
      })(),
      (async () => {
        for (let count = 1; count <= 20; count += 1) await bob.publish(`/bob/${count}/a`, `/bob/${count}/b`);
      })(),
    ]);
    for (const node of [alice, bob])
      for (const subject of ['/alice/20', '/bob/20/b']) await node.sees(subject);
    assert.deepEqual(alice.sink.subjects, bob.sink.subjects);
    assert.equal(new Set(alice.sink.subjects).size, 60);
    const own = alice.sink.subjects.filter((subject) => subject.startsWith('/alice'));
    assert.deepEqual(
      own,
      Array.from({ length: 20 }, (_, index) => `/alice/${index + 1}`),
    );
  },

  'answers where a batch stands, and gives it there': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    const first = await alice.publish('/a', '/b', '/c');
    const second = await bob.publish('/d');
    await bob.sees('/d');
    const [one, two] = bob.sink.frames;
    assert.deepEqual([one?.first, one?.epoch], [first.first, first.epoch]);
    assert.deepEqual([two?.first, two?.epoch], [second.first, second.epoch]);
    assert.ok(second.first >= first.first + 3, 'every entry takes a position');
    assert.notEqual(one?.tag, two?.tag);
    assert.deepEqual([one?.node, one?.seq, two?.node], [alice.cluster.node, 1, bob.cluster.node]);
    assert.ok(Math.abs((one?.time ?? 0) - Date.now()) < 60_000, 'the time is in Unix milliseconds');
  },

  'gives every kind of entry as it was': async (stage) => {
    const node = await stage.node();
    const draft = {
      subject: '/caf\u00e9/\u{1f600}',
      json: '{"a":[1,"\u2028","\\n"]}',
      scope: 'session',
      to: 'somebody',
      from: 'alice',
      name: 'price',
      except: 'bob',
    } as const;
    const entries: FrameEntry[] = [
      { kind: 'data', draft },
      { kind: 'control', session: 'somebody', change: { kind: 'leave', reason: 'caf\u00e9' } },
      eventOf('/last', { deep: { deeper: [null] } }),
    ];
    await node.append({ entries });
    await node.sees('/last');
    assert.deepEqual(node.sink.entries, entries);
  },

  'takes 256 entries at once, and a single one that is large': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    await alice.append({ entries: full(256) });
    await alice.append({ entries: [eventOf('/large', 'x'.repeat(600_000))] });
    await bob.sees('/large');
    assert.equal(bob.sink.subjects.length, 257);
  },

  'has a batch once that is sent twice': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    const batch = { seq: 1, entries: [eventOf('/once')] };
    const first = await alice.cluster.log.append(batch);
    const second = await alice.cluster.log.append(batch);
    assert.deepEqual([first.repeated, second], [false, { ...first, repeated: true }]);
    await bob.publish('/after');
    await bob.sees('/after');
    assert.deepEqual(bob.sink.subjects, ['/once', '/after']);
  },

  'has an event once whose key two nodes bring': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    const first = await alice.append({ key: 'order 7', entries: [eventOf('/once')] });
    const second = await bob.append({ key: 'order 7', entries: [eventOf('/once')] });
    assert.deepEqual([first.repeated, second], [false, { ...first, repeated: true }]);
    const other = await bob.append({ key: 'order 8', entries: [eventOf('/other')] });
    assert.equal(other.repeated, false);
    await bob.sees('/other');
    assert.deepEqual(bob.sink.subjects, ['/once', '/other']);
  },

  'has an event once whose key two nodes bring at the same time': async (stage) => {
    const nodes = [await stage.node(), await stage.node(), await stage.node()];
    const answers = await Promise.all(
      nodes.map((node) => node.append({ key: 'race', entries: [eventOf('/once')] })),
    );
    assert.equal(answers.filter(({ repeated }) => !repeated).length, 1);
    assert.equal(new Set(answers.map(({ first }) => first)).size, 1);
  },

  'says where the log ends, also to a node that has not read so far': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    for (let count = 1; count <= 3; count += 1) await alice.publish(`/one/${count}`, `/other/${count}`);
    const { epoch, position } = alice.accepted.get('/one/3') ?? { epoch: '', position: 0 };
    const end = await bob.cluster.log.end();
    assert.equal(end.epoch, epoch);
    assert.ok(end.position >= position, `${end.position} is before ${position}, which was accepted`);
    await settles(() => assert.ok(bob.sink.position >= end.position, 'nobody reads as far as the end'));
  },

  'gives the window to a node that starts later, and what comes while it reads': async (stage) => {
    const alice = await stage.node();
    for (let count = 1; count <= 150; count += 1) await alice.publish(`/before/${count}`);
    const [bob] = await Promise.all([
      stage.node(),
      (async () => {
        for (let count = 1; count <= 20; count += 1) await alice.publish(`/while/${count}`);
      })(),
    ]);
    await Promise.all([alice.sees('/while/20'), bob.sees('/while/20')]);
    assert.deepEqual(bob.sink.subjects, alice.sink.subjects);
    assert.deepEqual(
      bob.sink.frames.map(({ first }) => first),
      alice.sink.frames.map(({ first }) => first),
    );
    assert.deepEqual(bob.sink.told.map(({ kind }) => kind).indexOf('renew', 1), -1);
  },

  'goes on at the next number when all nodes have gone': async (stage) => {
    const alice = await stage.node();
    const first = await alice.publish('/a');
    await alice.cluster.stop();
    const bob = await stage.node();
    const second = await bob.publish('/b');
    assert.equal(second.epoch, first.epoch);
    assert.ok(second.first > first.first);
    await bob.sees('/b');
    assert.deepEqual(bob.sink.subjects, ['/a', '/b']);
  },

  'appends nothing once it has stopped': async (stage) => {
    const [alice, bob] = [await stage.node(), await stage.node()];
    await alice.cluster.stop();
    await assert.rejects(alice.append({ entries: [eventOf('/late')] }));
    await bob.publish('/after');
    await bob.sees('/after');
    assert.deepEqual(bob.sink.subjects, ['/after']);
  },

  'can be stopped before it has started, and twice': async (stage) => {
    const cluster = stage.engine.open();
    await cluster.stop();
    await cluster.stop();
    await assert.rejects(cluster.log.start(new RecordingSink()));
  },
};
