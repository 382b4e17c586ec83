import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes } from './kit.ts';

const news = { subject: '/news', messageId: 'm1' };
const patternsOf = (subscriptions: readonly { readonly pattern: string }[] = []) =>
  subscriptions.map(({ pattern }) => pattern);

// Held by `a` and `b`, with subscriptions to `/news` and `/other`.
async function held(): Promise<{ all: Nodes; client: Client }> {
  const all = await nodes();
  const client = await all.client('a');
  await client.does('a', 'subscribe', { subject: '/other' });
  await client.does('b', 'subscribe', news);
  return { all, client };
}

function refuseWrites(all: Nodes, refuses: boolean): void {
  all.engine.faults.store = (what) => refuses && (what === 'replace' || what === 'remove');
}

describe('what the application does to a session on one node', () => {
  it('is done on all: a subscription is added and ended', async () => {
    const { all, client } = await held();
    const made = all.node('a').hub.subscribe(all.node('a').session(client.id), '/more');
    await all.calm();
    const there = () => patternsOf(all.node('b').session(client.id).subscriptions);
    expect(there()).toEqual(['/other', '/news', '/more']);
    expect(patternsOf(all.record(client.id)?.subscriptions)).toEqual(there());
    all.node('b').hub.unsubscribe(all.node('b').session(client.id), made.id);
    await all.calm();
    expect(patternsOf(all.node('a').session(client.id).subscriptions)).toEqual(['/other', '/news']);
    expect(patternsOf(all.record(client.id)?.subscriptions)).toEqual(there());
  });

  it('is remembered on a node that the session comes to later: what was taken away stays so', async () => {
    const { all, client } = await held();
    const { hub } = all.node('a');
    hub.revoke(all.node('a').session(client.id), ({ pattern }) => pattern === '/news');
    await all.calm();
    const stream = await client.listens('c', { ack: client.cursor ?? '' });
    await all.node('b').hub.publish('/news', 1).accepted();
    await all.node('b').hub.publish('/other', 2).accepted();
    expect(await stream.items()).toEqual(['2']);
    expect((await client.does('c', 'subscribe', news)).status).toBe(403);
  });

  it('is written once the engine is back, one after the other', async () => {
    const { all, client } = await held();
    const { hub } = all.node('a');
    refuseWrites(all, true);
    hub.subscribe(all.node('a').session(client.id), '/more', { id: 'more' });
    await all.pass(1500);
    hub.revoke(all.node('a').session(client.id), ({ pattern }) => pattern !== '/other');
    await all.pass(1500);
    expect(patternsOf(all.record(client.id)?.subscriptions)).toEqual(['/other', '/news']);
    refuseWrites(all, false);
    await all.pass(3000);
    expect(patternsOf(all.record(client.id)?.subscriptions)).toEqual(['/other']);
    expect(all.record(client.id)?.revoked).toHaveLength(2);
    expect(patternsOf(all.node('b').session(client.id).subscriptions)).toEqual(['/other']);
  });

  it('reaches every node that holds the session still, though the engine has lost its record', async () => {
    const { all, client } = await held();
    all.engine.records.delete(client.id);
    const { hub } = all.node('a');
    hub.revoke(all.node('a').session(client.id), ({ pattern }) => pattern === '/news');
    await all.calm();
    expect(patternsOf(all.node('b').session(client.id).subscriptions)).toEqual(['/other']);
    hub.leave(all.node('a').session(client.id), 'revoked');
    await all.calm();
    expect(all.node('b').hub.session(client.id)).toBeUndefined();
    expect(all.errors).toEqual([]);
  });

  it('changes what it names and nothing else, when the session moves on at the same moment', async () => {
    const { all, client } = await held();
    const { hub } = all.node('a');
    hub.revoke(all.node('a').session(client.id), ({ pattern }) => pattern === '/news');
    hub.cluster?.park(all.node('a').session(client.id));
    await all.calm();
    expect(patternsOf(all.record(client.id)?.subscriptions)).toEqual(['/other']);
    expect(patternsOf(all.node('b').session(client.id).subscriptions)).toEqual(['/other']);
  });

  it('counts also while a command of the client is under way', async () => {
    const { all, client } = await held();
    const { hub } = all.node('a');
    let done = false;
    all.engine.faults.loaded = async () => {
      if (done) return;
      done = true;
      hub.revoke(all.node('a').session(client.id), ({ pattern }) => pattern === '/news');
      await undefined;
    };
    await client.does('a', 'subscribe', { subject: '/more', messageId: 'm2' });
    await all.calm();
    expect(done).toBe(true);
    expect(patternsOf(all.record(client.id)?.subscriptions).toSorted()).toEqual(['/more', '/other']);
    all.engine.faults.loaded = async () => void hub.disconnect('nobody');
    hub.leave(all.node('a').session(client.id), 'revoked');
    await all.calm();
    expect(all.record(client.id)).toBeUndefined();
  });

  it('ends it everywhere, also when the engine comes back only later', async () => {
    const { all, client } = await held();
    refuseWrites(all, true);
    all.node('a').hub.leave(all.node('a').session(client.id), 'revoked');
    await all.pass(1500);
    refuseWrites(all, false);
    // The first attempt is made, but nobody hears of it.
    all.engine.faults.answer = (what) => what === 'remove';
    await all.pass(1000);
    all.engine.faults.answer = () => false;
    await all.pass(1500);
    expect(all.record(client.id)).toBeUndefined();
    expect(all.node('b').hub.session(client.id)).toBeUndefined();
    expect((await client.does('c', 'refresh', { ack: client.cursor ?? '' })).status).toBe(410);
  });
});

describe('a node from which the engine has lost entries of the log', () => {
  it('hears from the record what the log has lost of its streams', async () => {
    const { all, client } = await held();
    const stream = await client.listens('a', { ack: client.cursor ?? '' });
    await stream.items();
    all.engine.holdBack('a');
    const { hub } = all.node('b');
    await client.does('b', 'subscribe', { subject: '/more', messageId: 'm2' });
    hub.revoke(all.node('b').session(client.id), ({ pattern }) => pattern === '/news');
    await all.calm();
    all.engine.lose('a');
    await all.calm();
    const here = all.node('a').session(client.id);
    expect(patternsOf(here.subscriptions)).toEqual(['/other', '/more']);
    expect(patternsOf(here.takenAway)).toEqual(['/news']);
    await hub.publish('/news', 1).accepted();
    await hub.publish('/more', 2).accepted();
    expect((await stream.items()).filter((item) => !item.includes('gap'))).toEqual(['2']);
  });

  it('lets go of an older stream, and of sessions without one', async () => {
    const { all, client } = await held();
    const stream = await client.listens('a', { ack: client.cursor ?? '' });
    const other = await all.client('a');
    all.engine.holdBack('a');
    await client.listens('b', { ack: client.cursor ?? '' });
    await all.calm();
    expect(stream.outlet.ended).toBe(false);
    all.engine.lose('a');
    await all.calm();
    expect(stream.outlet.ended).toBe(true);
    expect(all.node('a').hub.session(other.id)).toBeUndefined();
    expect((await other.does('a', 'subscribe', news)).status).toBe(200);
  });

  it('tries again while the engine does not answer, and while a command is under way', async () => {
    const { all, client } = await held();
    await client.listens('a', { ack: client.cursor ?? '' });
    all.engine.holdBack('a');
    await client.does('b', 'unsubscribe', { madeBy: 'm1', messageId: 'm2' });
    all.engine.faults.store = (what) => what === 'load';
    all.engine.lose('a');
    await all.pass(1500);
    const here = all.node('a').session(client.id);
    expect(patternsOf(here.subscriptions)).toEqual(['/other', '/news']);
    all.engine.faults.store = () => false;
    await all.pass(1500);
    expect(patternsOf(here.subscriptions)).toEqual(['/other']);
  });
});

describe('a subscribe that is sent again', () => {
  it('waits on a node that has not heard of the first one', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('b', 'heartbeat');
    const release = all.engine.holdBack('a');
    const first = await client.does('b', 'subscribe', news);
    const asked = client.does('a', 'subscribe', news);
    await all.calm();
    release();
    const again = await asked;
    expect(again.lines[0]).toMatchObject({ subscription: first.lines[0]?.['subscription'] });
  });

  it('is made everywhere when the node of the first one died before it could tell the others', async () => {
    const { all, client } = await held();
    const stored = all.engine.records.get(client.id);
    const { id, ...others } = all.record(client.id)?.subscriptions[1] ?? { id: '' };
    expect(others).toMatchObject({ pattern: '/news' });
    for (const name of ['a', 'b'])
      await all.node(name).hub.cluster?.change(client.id, { kind: 'unsubscribe', ids: [id] });
    expect(stored).toBeDefined();
    const again = await client.does('a', 'subscribe', news);
    expect(again.lines[0]).toMatchObject({ type: 'subscribe-ack', subscription: id });
    for (const name of ['a', 'b'])
      expect(patternsOf(all.node(name).session(client.id).subscriptions)).toEqual(['/other', '/news']);
  });
});
