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

describe('a subscribe that is sent again', () => {
  it('waits on a node that has not heard of the first one', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('b', 'heartbeat');
    const release = all.engine.holdBack('a');
    const first = await client.does('b', 'subscribe', news);
    all.engine.faults.loaded = async () => release();
    const again = await client.does('a', 'subscribe', news);
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
