import assert from 'node:assert/strict';
import { type EngineStage, settles } from './engine-stage.ts';

type EngineCase = (stage: EngineStage) => Promise<void>;

const ttlMs = 60_000;

/** What every store of records and every inbox does. */
export const sessionCases: Readonly<Record<string, EngineCase>> = {
  'loads a record on every node': async (stage) => {
    const [alice, bob] = [(await stage.node()).cluster.sessions, (await stage.node()).cluster.sessions];
    assert.equal(await alice.create('one', '{"a":"caf\u00e9 \u{1f600}\\n"}', { ttlMs }), 'one');
    assert.equal((await bob.load('one'))?.text, '{"a":"caf\u00e9 \u{1f600}\\n"}');
    assert.equal(await bob.load('two'), undefined);
  },

  'keeps the record that is there when it is created twice': async (stage) => {
    const { sessions } = (await stage.node()).cluster;
    await sessions.create('one', 'first', { ttlMs });
    assert.equal(await sessions.create('one', 'second', { ttlMs }), 'one');
    assert.equal((await sessions.load('one'))?.text, 'first');
  },

  'replaces a record that has the revision, and no other': async (stage) => {
    const { sessions } = (await stage.node()).cluster;
    await sessions.create('one', 'a', { ttlMs });
    const first = await sessions.load('one');
    assert.ok(first !== undefined);
    const next = await sessions.replace('one', 'b', { revision: first.revision, ttlMs });
    assert.deepEqual(await sessions.load('one'), { text: 'b', revision: next });
    assert.equal(await sessions.replace('one', 'c', { revision: first.revision, ttlMs }), undefined);
    assert.equal((await sessions.load('one'))?.text, 'b');
    assert.equal(await sessions.replace('gone', 'c', { revision: first.revision, ttlMs }), undefined);
    assert.equal(await sessions.load('gone'), undefined);
  },

  'lets one of many replace a record': async (stage) => {
    const stores = [(await stage.node()).cluster.sessions, (await stage.node()).cluster.sessions];
    await stores[0]?.create('one', 'a', { ttlMs });
    const { revision } = (await stores[0]?.load('one')) ?? { revision: '' };
    const answers = await Promise.all(
      [...stores, ...stores].map((store, index) => store.replace('one', `by ${index}`, { revision, ttlMs })),
    );
    const winner = answers.findIndex((answer) => answer !== undefined);
    assert.equal(answers.filter((answer) => answer !== undefined).length, 1);
    assert.deepEqual(await stores[1]?.load('one'), { text: `by ${winner}`, revision: answers[winner] });
  },

  'drops a record when its time is over, and not when it was given more': async (stage) => {
    const { sessions } = (await stage.node()).cluster;
    await sessions.create('short', 'a', { ttlMs: 200 });
    await sessions.create('touched', 'a', { ttlMs: 200 });
    await sessions.create('replaced', 'a', { ttlMs: 200 });
    const { revision } = (await sessions.load('replaced')) ?? { revision: '' };
    await sessions.touch('touched', ttlMs);
    await sessions.replace('replaced', 'b', { revision, ttlMs });
    await settles(async () => assert.equal(await sessions.load('short'), undefined));
    assert.equal((await sessions.load('touched'))?.text, 'a');
    assert.equal((await sessions.load('replaced'))?.text, 'b');
    await sessions.touch('short', ttlMs);
    assert.equal(await sessions.load('short'), undefined);
  },

  'removes a record for all': async (stage) => {
    const [alice, bob] = [(await stage.node()).cluster.sessions, (await stage.node()).cluster.sessions];
    await alice.create('one', 'a', { ttlMs });
    await bob.remove('one');
    assert.equal(await alice.load('one'), undefined);
    await bob.remove('one');
  },

  'gives the session of the first who comes with a nonce': async (stage) => {
    const [alice, bob] = [(await stage.node()).cluster.sessions, (await stage.node()).cluster.sessions];
    assert.equal(await alice.create('one', 'a', { ttlMs, nonce: 'n' }), 'one');
    assert.equal(await bob.create('two', 'b', { ttlMs, nonce: 'n' }), 'one');
    assert.equal((await bob.load('one'))?.text, 'a');
    assert.equal(await bob.load('two'), undefined);
    assert.equal(await bob.create('three', 'c', { ttlMs, nonce: 'other' }), 'three');
  },

  'gives one session to many who come with a nonce at once': async (stage) => {
    const stores = [(await stage.node()).cluster.sessions, (await stage.node()).cluster.sessions];
    const ids = ['one', 'two', 'three', 'four'];
    const answers = await Promise.all(
      ids.map((id, index) => (stores[index % 2] ?? stores[0])?.create(id, id, { ttlMs, nonce: 'n' })),
    );
    assert.equal(new Set(answers).size, 1);
    const loaded = await Promise.all(ids.map(async (id) => (await stores[0]?.load(id))?.text));
    assert.deepEqual(
      loaded.filter((text) => text !== undefined),
      [answers[0]],
    );
  },

  'brings a letter to its node and to no other': async (stage) => {
    const [alice, bob, carol] = [await stage.node(), await stage.node(), await stage.node()];
    const came: string[][] = [[], []];
    bob.cluster.inbox.receive((text) => came[0]?.push(text));
    carol.cluster.inbox.receive((text) => came[1]?.push(text));
    for (let count = 1; count <= 5; count += 1)
      alice.cluster.inbox.send(bob.cluster.node, `{"n":${count},"t":"\u00e9"}`);
    alice.cluster.inbox.send('nobody0000000', 'lost');
    await settles(() => assert.equal(came[0]?.length, 5));
    assert.deepEqual(
      came[0],
      [1, 2, 3, 4, 5].map((n) => `{"n":${n},"t":"\u00e9"}`),
    );
    assert.deepEqual(came[1], []);
  },
};
