import { CometError } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { Channel, Cluster } from './cluster-kit.ts';

describe('a hub that is one of many nodes', () => {
  it('gives what is published on any node to the sessions of all, in one order, with the same cursors', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const [alice, bob] = [Channel.open(a, a.open('/a')), Channel.open(b, b.open('/a'))];
    const first = a.hub.publish('/a', 1);
    b.hub.publish('/a', 2);
    a.hub.publish('/b', 3);
    expect(first.event).toBeUndefined();
    expect(alice.told).toEqual([]);
    await cluster.calm();
    expect((await first.accepted()).json).toBe('1');
    expect(first.event?.json).toBe('1');
    expect([...alice.told].sort()).toEqual([1, 2]);
    expect(bob.items).toEqual(alice.items);
    expect(a.hub.cursor()).toBe(b.hub.cursor());
  });

  it('sends all that is published in a turn as one batch', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const before = cluster.model.frames;
    for (let n = 1; n <= 300; n += 1) a.hub.publish('/a', n);
    await cluster.calm();
    expect(cluster.model.frames - before).toBe(2);
    await a.cluster.settled();
  });

  it('goes on with a session of another node where its client stands, without a gap or a repeat', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const first = Channel.open(a, alice);
    for (const n of [1, 2, 3]) a.hub.publish('/a', n);
    await cluster.calm();
    const after = first.items[1]?.cursor;
    const there = b.adopt(alice, { start: alice.cursor });
    const second = Channel.open(b, there, after, 2);
    expect(second.told).toEqual([3]);
    b.hub.publish('/a', 4);
    await cluster.calm();
    expect(second.told).toEqual([3, 4]);
    expect(there.generation).toBe(2);
  });

  it('takes the word of a client for what another node has given it', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const first = Channel.open(a, alice);
    for (const n of [1, 2, 3]) a.hub.publish('/a', n);
    await cluster.calm();
    const there = b.adopt(alice, { start: first.items[0]?.cursor ?? '' });
    b.hub.publish('/a', 4);
    await cluster.calm();
    expect(Channel.open(b, there, first.items[2]?.cursor, 2).told).toEqual([4]);
  });

  it('waits for a cursor that is ahead of its tail', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    cluster.model.hold('node2');
    a.hub.publish('/a', 1);
    await cluster.calm();
    let came: boolean | undefined;
    void b.cluster.reach(a.hub.cursor(), 1000).then((verdict) => {
      came = verdict;
    });
    await cluster.pass(500);
    expect(came).toBeUndefined();
    cluster.model.release('node2');
    await cluster.calm();
    expect(came).toBe(true);
    expect(await b.cluster.reach(a.hub.cursor(), 1000)).toBe(true);
  });

  it('stops waiting when a cursor does not come', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    cluster.model.hold('node2');
    a.hub.publish('/a', 1);
    await cluster.calm();
    const waiting = b.cluster.reach(a.hub.cursor(), 1000);
    await cluster.pass(1100);
    expect(await waiting).toBe(false);
  });

  it('waits for a life of the log that it does not know, however far it has read the last one', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    for (const n of [1, 2, 3]) {
      a.hub.publish('/a', n);
      await cluster.calm();
    }
    const last = b.hub.cursor();
    cluster.model.hold('node2');
    cluster.model.flush();
    cluster.model.notice();
    await cluster.calm();
    let came: boolean | undefined;
    void b.cluster.reach(a.hub.cursor(), 1000).then((verdict) => {
      came = verdict;
    });
    await cluster.pass(900);
    expect([came, b.hub.cursor()]).toEqual([undefined, last]);
    cluster.model.release('node2');
    await cluster.calm();
    expect(came).toBe(true);
  });

  it('waits neither for a life that has ended nor without its engine', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    for (const n of [1, 2, 3]) a.hub.publish('/a', n);
    await cluster.calm();
    const before = a.hub.cursor();
    // All nodes have died, and the engine has lost everything: the log counts anew.
    cluster.model.stop('node1');
    cluster.model.flush();
    const b = await cluster.add();
    const [waits] = await Promise.all([b.cluster.reach(before, 1000), cluster.calm()]);
    expect(waits).toBe(true);
    const back = b.hub.join({ after: before });
    b.hub.subscribe(back, '/a');
    b.hub.publish('/a', 4);
    await cluster.calm();
    expect(Channel.open(b, back, before).told).toEqual(['epoch', 4]);
    cluster.model.cut('node2');
    const asked = b.cluster.reach('another-5-1', 1000);
    await cluster.pass(1000);
    expect(await asked).toBe(false);
  });

  it('makes changes of a session at their place of the log, wherever it is', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const channel = Channel.open(a, alice);
    b.hub.publish('/b', 1);
    const change = b.cluster.change(alice.id, {
      kind: 'subscribe',
      id: 's2',
      label: 'x',
      pattern: '/b',
      matching: 'path',
    });
    b.hub.publish('/b', 2);
    await cluster.calm();
    const { position, cursor } = await change;
    expect(channel.told).toEqual([2]);
    expect(alice.subscriptions[1]).toMatchObject({ id: 's2', label: 'x', from: position, cursor });
    await Promise.all([b.cluster.change(alice.id, { kind: 'unsubscribe', ids: ['s2'] }), cluster.calm()]);
    expect(alice.subscriptions).toHaveLength(1);
    await Promise.all([b.cluster.change(alice.id, { kind: 'leave', reason: 'left' }), cluster.calm()]);
    expect(alice.closed).toBe(true);
    expect(channel.closed).toBe('left');
  });

  it('takes a subscription away for good: it does not come back with an older entry of the log', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const label = undefined;
    const parts = { id: 's9', label, pattern: '/secret', matching: 'path' } as const;
    const late = b.cluster.change(alice.id, { kind: 'subscribe', ...parts });
    a.hub.subscribe(alice, '/secret', { id: 's9' });
    a.hub.revoke(alice, ({ id }) => id === 's9');
    await Promise.all([late, cluster.calm()]);
    expect(alice.subscriptions.map(({ pattern }) => pattern)).toEqual(['/a']);
  });

  it('ends the older stream of a session, and lets go of it', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const older = Channel.open(a, alice);
    const parked: unknown[] = [];
    a.hub.on('session-parked', ({ id }) => parked.push(id));
    a.hub.on('session-closed', () => parked.push('closed'));
    const there = b.adopt(alice);
    const newer = Channel.open(b, there, undefined, 2);
    await Promise.all([b.cluster.change(alice.id, { kind: 'superseded', generation: 2 }), cluster.calm()]);
    expect(older.closed).toBe('superseded');
    expect(newer.closed).toBeUndefined();
    expect(parked).toEqual([alice.id]);
    expect(a.hub.session(alice.id)).toBeUndefined();
  });

  it('makes on top of a record what the log has said since', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const asOf = a.hub.cursor();
    const change = a.cluster.change(alice.id, {
      kind: 'subscribe',
      id: 's2',
      label: undefined,
      pattern: '/b',
      matching: 'path',
    });
    await cluster.calm();
    await change;
    a.hub.publish('/b', 1);
    await cluster.calm();
    const { id, secret, principal } = alice;
    const [own] = alice.subscriptions;
    if (own === undefined) throw new Error('no subscription');
    const given = {
      id: own.id,
      label: undefined,
      pattern: '/a',
      matching: 'path',
      from: own.cursor,
    } as const;
    const there = b.cluster.adopt({
      id,
      secret,
      principal,
      generation: 0,
      start: asOf,
      asOf,
      subscriptions: [given],
    });
    expect(there.subscriptions.map(({ pattern }) => pattern)).toEqual(['/a', '/b']);
    expect(Channel.open(b, there).told).toEqual([1]);
    await Promise.all([a.cluster.change(id, { kind: 'leave', reason: 'left' }), cluster.calm()]);
    expect(() =>
      b.cluster.adopt({ id, secret, principal, generation: 0, start: asOf, asOf, subscriptions: [given] }),
    ).toThrow(CometError);
  });

  it('parks a session whose lease runs out, and tells nobody that it has ended', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const session = a.open('/a');
    const said: string[] = [];
    a.hub.on('session-parked', () => said.push('parked'));
    a.hub.on('session-closed', () => said.push('closed'));
    await cluster.pass(16_000);
    expect(said).toEqual(['parked']);
    expect(a.hub.session(session.id)).toBeUndefined();
  });
});

describe('a publish of a cluster', () => {
  it('is sent again when its answer was lost, and is there once', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const channel = Channel.open(a, a.open('/a'));
    cluster.model.answersToLose = 1;
    const publication = a.hub.publish('/a', 1);
    a.hub.publish('/a', 2);
    await cluster.pass(200);
    expect((await publication.accepted()).json).toBe('1');
    expect(channel.told).toEqual([1, 2]);
  });

  it('is not sent again into another life of the log, where others may have it from the last one', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const there = Channel.open(b, b.open('/a'));
    cluster.model.hold('node1');
    cluster.model.answersToLose = 1;
    const fate = a.hub
      .publish('/a', 1)
      .accepted()
      .catch((error: { readonly code: string }) => error.code);
    await cluster.calm();
    cluster.model.flush();
    cluster.model.notice();
    cluster.model.release('node1');
    await cluster.pass(300);
    expect(there.told).toEqual([1, 'engine']);
    expect(await fate).toBe('uncertain');
  });

  it('is known by its message id on every node', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const channel = Channel.open(a, a.open('/a'));
    const first = a.hub.publish('/a', 1, { messageId: 'm' });
    await cluster.calm();
    const again = b.hub.publish('/a', 1, { messageId: 'm' });
    await cluster.calm();
    expect((await again.accepted()).cursor).toBe((await first.accepted()).cursor);
    expect(channel.told).toEqual([1]);
  });

  it('is uncertain after 30 s without an answer, and says so once', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const failed: unknown[] = [];
    a.hub.on('publish-failed', ({ code }, subject) => failed.push([code, subject]));
    cluster.model.cut('node1');
    const publication = a.hub.publish('/a', 1);
    await cluster.pass(4000);
    a.hub.publish('/a', 2);
    await cluster.pass(27_000);
    await expect(publication.accepted()).rejects.toMatchObject({ code: 'uncertain' });
    expect(failed).toEqual([['uncertain', '/a']]);
  });

  it('is refused when too much waits for the engine, or for too long', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    cluster.model.cut('node1');
    a.hub.publish('/a', 1);
    await cluster.pass(5100);
    expect(() => a.hub.publish('/a', 2)).toThrow(expect.objectContaining({ code: 'too-busy' }));
  });

  it('fails as hub-closed when the hub closes first', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const publication = a.hub.publish('/a', 1);
    a.hub.close();
    await expect(publication.accepted()).rejects.toMatchObject({ code: 'hub-closed' });
    expect(() => a.hub.publish('/a', 2)).toThrow(expect.objectContaining({ code: 'hub-closed' }));
  });
});

describe('what the engine loses', () => {
  it('is told to every session, in its place', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const there = Channel.open(b, b.open('/a'));
    a.hub.publish('/a', 1);
    await cluster.calm();
    cluster.model.hold('node2');
    for (const n of [2, 3]) {
      a.hub.publish('/a', n);
      await cluster.calm();
    }
    cluster.model.trim(3);
    cluster.model.release('node2');
    await cluster.calm();
    expect(there.told).toEqual([1, 'engine', 3]);
  });

  it('begins another life of the log, from which nobody is missing', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const [alice, bob] = [a.open('/a'), b.open('/a')];
    const [here, there] = [Channel.open(a, alice), Channel.open(b, bob)];
    a.hub.publish('/a', 1);
    await cluster.calm();
    const before = here.items.at(-1)?.cursor;
    cluster.model.flush();
    await cluster.calm();
    b.hub.publish('/a', 2);
    await cluster.calm();
    expect(here.told).toEqual([1, 'engine', 2]);
    expect(there.items).toEqual(here.items);
    // Whoever comes back with a place of the last life gets the same.
    const again = Channel.open(a, alice, before);
    expect(again.told).toEqual(['engine', 2]);
  });

  it('is not taken back: a number that was seen is not given again', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const [here, there] = [Channel.open(a, a.open('/a')), Channel.open(b, b.open('/a'))];
    a.hub.publish('/a', 1);
    await cluster.calm();
    cluster.model.save();
    cluster.model.hold('node2');
    a.hub.publish('/a', 2);
    await cluster.calm();
    cluster.model.setBack();
    cluster.model.release('node2');
    await cluster.calm();
    b.hub.publish('/a', 3);
    await cluster.calm();
    expect(here.told).toEqual([1, 2, 'engine', 3]);
    expect(there.told).toEqual([1, 'engine', 3]);
  });

  it('is not given again to who comes from a life that a node started too late for', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const first = Channel.open(a, alice);
    a.hub.publish('/a', 1);
    await cluster.calm();
    cluster.model.save();
    a.hub.publish('/a', 2);
    await cluster.calm();
    cluster.model.flush();
    b.hub.publish('/a', 3);
    await cluster.pass(100);
    expect(first.told).toEqual([1, 2, 'engine', 3]);
    const before = first.items.at(-1)?.cursor ?? '';
    cluster.model.setBack();
    cluster.model.notice();
    await cluster.calm();
    const late = await cluster.add();
    const there = Channel.open(late, late.adopt(alice, { start: before }), before, 2);
    expect(there.told).toEqual(['epoch']);
    const again = Channel.open(a, alice, there.items[0]?.cursor, 3);
    a.hub.publish('/a', 4);
    await cluster.calm();
    expect(again.told).toEqual([4]);
  });

  it('is not given again to who has read the other branch of a life', async () => {
    const cluster = new Cluster();
    const a = await cluster.add();
    const alice = a.open('/a');
    const start = a.hub.cursor();
    const first = Channel.open(a, alice);
    a.hub.publish('/a', 1);
    await cluster.calm();
    cluster.model.save();
    a.hub.publish('/a', 2);
    await cluster.calm();
    cluster.model.hold('node1');
    cluster.model.setBack();
    const b = await cluster.add();
    b.hub.publish('/a', 3);
    await cluster.calm();
    const there = Channel.open(b, b.adopt(alice, { start }), first.items.at(-1)?.cursor, 2);
    b.hub.publish('/a', 4);
    await cluster.calm();
    expect(there.told).toEqual(['fork', 4]);
  });

  it('is not given again to who comes from a life that a node began late, while others had read further', async () => {
    const cluster = new Cluster();
    const [a, b] = [await cluster.add(), await cluster.add()];
    const alice = a.open('/a');
    const first = Channel.open(a, alice);
    a.hub.publish('/a', 1);
    await cluster.calm();
    cluster.model.cut('node2');
    for (const n of [2, 3, 4]) {
      a.hub.publish('/a', n);
      await cluster.calm();
    }
    cluster.model.hold('node1');
    cluster.model.flush();
    cluster.model.heal('node2');
    await cluster.calm();
    const there = Channel.open(b, b.adopt(alice), first.items.at(-1)?.cursor, 2);
    expect(there.told).toEqual(['engine']);
    const place = there.items[0]?.cursor;
    cluster.model.release('node1');
    await cluster.calm();
    a.hub.publish('/a', 5);
    await cluster.calm();
    expect(Channel.open(a, alice, place, 3).told).toEqual([5]);
  });
});
