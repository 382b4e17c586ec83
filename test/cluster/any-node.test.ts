import { describe, expect, it } from 'vitest';
import { Client, nodes } from './kit.ts';

const news = { subject: '/news' };

describe('a session on any node', () => {
  it('is joined on one, subscribed on another and streams from a third', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const ack = await client.does('b', 'subscribe', news);
    expect(ack.lines[0]).toMatchObject({ type: 'subscribe-ack', subject: '/news' });
    const stream = await client.listens('c');
    await all.node('a').hub.publish('/news', 1).accepted();
    await all.node('b').hub.publish('/news', 2).accepted();
    expect(await stream.items()).toEqual(['1', '2']);
    expect(all.errors).toEqual([]);
  });

  it('is polled at another node at every request, by a client that brings its place', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('b', 'subscribe', news);
    await client.does('c', 'listen', { mode: 'poll' });
    const got: string[] = [];
    for (let n = 1; n <= 9; n += 1) {
      await all
        .node('abc'[n % 3] ?? 'a')
        .hub.publish('/news', n)
        .accepted();
      const answer = await client.does('bca'[n % 3] ?? 'a', 'refresh', { ack: client.cursor ?? '' });
      got.push(...answer.items);
    }
    expect(got).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  });

  it('waits for the place of a client that is ahead of its node', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    await client.does('b', 'heartbeat');
    const release = all.engine.holdBack('b');
    await all.node('a').hub.publish('/news', 1).accepted();
    const first = await client.does('a', 'listen', { mode: 'poll', ack: client.cursor ?? '' });
    const next = await client.does('a', 'refresh', { ack: client.cursor ?? '' });
    expect([...first.items, ...next.items]).toEqual(['1']);
    const opening = client.listens('b', { ack: client.cursor ?? '' });
    await all.calm();
    release();
    await all.node('a').hub.publish('/news', 2).accepted();
    expect(await (await opening).items()).toEqual(['2']);
  });

  it('begins in the present life of the log, on a node that has not heard of it, too', async () => {
    const all = await nodes();
    all.node('a').hub.publish('/news', 1);
    await all.calm();
    const release = all.engine.holdBack('c');
    all.node('a').hub.publish('/news', 2);
    await all.calm();
    all.engine.beginAnew();
    const client = new Client(all, 'ndjson');
    const joining = client.join('c');
    await all.calm();
    release();
    await joining;
    await client.does('c', 'subscribe', news);
    all.node('a').hub.publish('/news', 3);
    await all.calm();
    const first = await client.does('c', 'listen', { mode: 'poll' });
    const next = await client.does('c', 'refresh', { ack: client.cursor ?? '' });
    expect([...first.items, ...next.items]).toEqual(['3']);
  });

  it('begins where the log ends, on a node that is behind, too', async () => {
    const all = await nodes();
    const release = all.engine.holdBack('c');
    all.node('a').hub.publish('/news', 1);
    await all.calm();
    const client = new Client(all, 'ndjson');
    const joining = client.join('c', { type: 'join-listen', mode: 'poll', ...news });
    await all.calm();
    release();
    const first = await joining;
    all.node('a').hub.publish('/news', 2);
    await all.calm();
    const next = await client.does('c', 'refresh', { ack: client.cursor ?? '' });
    expect([...first.items, ...next.items]).toEqual(['2']);
  });

  it('is refused while its node does not come to the present life', async () => {
    const all = await nodes();
    all.engine.holdBack('c');
    all.engine.beginAnew();
    const joining = new Client(all, 'ndjson').join('c');
    await all.pass(1100);
    expect((await joining).status).toBe(503);
  });

  it('costs no call of the engine for a poll that brings a place', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    await client.does('a', 'listen', { mode: 'poll' });
    await client.does('b', 'refresh', { ack: client.cursor ?? '' });
    await all.node('c').hub.publish('/news', 1).accepted();
    all.engine.calls();
    expect((await client.does('b', 'refresh', { ack: client.cursor ?? '' })).items).toEqual(['1']);
    expect((await client.does('a', 'refresh', { ack: client.cursor ?? '' })).items).toEqual([]);
    expect(all.engine.calls()).toEqual([]);
  });

  it('has the same stream on one node only: the older one is told that it is superseded', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    const first = await client.listens('a');
    const second = await client.listens('b', { ack: client.cursor ?? '' });
    await all.calm();
    expect((await first.lines()).map(({ type }) => type)).toContain('superseded');
    expect(all.node('a').hub.session(client.id)).toBeUndefined();
    await all.node('c').hub.publish('/news', 1).accepted();
    expect(await second.items()).toEqual(['1']);
    expect(await first.items()).toEqual([]);
    expect(all.record(client.id)).toMatchObject({ owner: 'b', generation: 2 });
  });

  it('has exactly one of two streams that are asked for at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const all = await nodes();
      const client = await all.client('a');
      await client.does('a', 'subscribe', news);
      const streams = await Promise.all([client.listens('b'), client.listens('c')]);
      await all.calm();
      await all.node('a').hub.publish('/news', round).accepted();
      const got = await Promise.all(streams.map((stream) => stream.items()));
      expect(got.flat()).toEqual([String(round)]);
    }
  });

  it('ends on all nodes when its client leaves on one', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const stream = await client.listens('b');
    expect((await client.does('c', 'leave')).lines[0]).toMatchObject({ type: 'leave-ack' });
    await all.calm();
    expect(stream.outlet.ended).toBe(true);
    for (const name of ['a', 'b', 'c']) expect(all.node(name).hub.session(client.id)).toBeUndefined();
    expect(all.record(client.id)).toBeUndefined();
    expect((await client.does('a', 'refresh', { ack: client.cursor ?? '' })).status).toBe(410);
  });

  it('loses a subscription on all nodes when its client ends it on one', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const { lines } = await client.does('a', 'subscribe', news);
    const stream = await client.listens('b');
    await client.does('c', 'unsubscribe', { subscription: String(lines[0]?.['subscription']) });
    await all.node('a').hub.publish('/news', 1).accepted();
    expect(await stream.items()).toEqual([]);
    expect(all.record(client.id)?.subscriptions).toEqual([]);
  });

  it('makes one subscription of a command that is repeated on another node, with the same id', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const wish = { ...news, messageId: 'm1' };
    const first = await client.does('a', 'subscribe', wish);
    const again = await client.does('b', 'subscribe', wish);
    expect(again.lines[0]?.['subscription']).toBe(first.lines[0]?.['subscription']);
    expect(all.record(client.id)?.subscriptions).toHaveLength(1);
  });

  it('continues where its client came from, whichever nodes take its join, subscription and stream', async () => {
    const all = await nodes();
    const before = all.node('a').hub.cursor();
    await all.node('b').hub.publish('/news', 1).accepted();
    const client = await all.client('a');
    const returning = await all.client('a');
    await returning.join('a', { ack: before });
    await returning.does('b', 'subscribe', news);
    const stream = await returning.listens('c', { ack: before });
    await client.does('a', 'leave');
    await all.node('c').hub.publish('/news', 2).accepted();
    expect(await stream.items()).toEqual(['1', '2']);
  });

  it('belongs to who has its key, its cookie, or nothing', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const right = client.key;
    client.key = 'AAAAAAAAAAAAAAAAAAAAAA';
    all.engine.calls();
    expect((await client.does('b', 'subscribe', news)).status).toBe(410);
    expect(all.engine.calls()).toEqual([]);
    client.key = undefined;
    expect((await client.does('b', 'subscribe', news)).status).toBe(200);
    client.cookies = ['cometkit_AAAA=AAAAAAAAAAAAAAAAAAAAAA'];
    expect((await client.does('c', 'subscribe', news)).status).toBe(410);
    expect(all.node('c').hub.session(client.id)).toBeUndefined();
    client.key = right;
    expect((await client.does('c', 'subscribe', news)).status).toBe(200);
    const text = all.engine.records.get(client.id)?.text ?? '';
    expect(text).not.toContain(right);
  });

  it('answers a join that is repeated on another node with the same session and key', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const nonce = 'nonce-of-16-or-more';
    await client.join('a', { nonce });
    const { id, key } = client;
    await client.join('b', { nonce });
    expect([client.id, client.key]).toEqual([id, key]);
  });

  it('keeps the keys of the older secret while it is on its way out', async () => {
    const all = await nodes({ names: [] });
    const [older, newer] = [
      'the older secret of all nodes, 32 or more',
      'the newer secret of all nodes, 32 or more',
    ];
    await all.add('a', {}, [older]);
    await all.add('b', {}, [newer, older]);
    await all.add('c', {}, [newer]);
    const client = await all.client('a');
    expect((await client.does('b', 'subscribe', news)).status).toBe(200);
    expect((await client.does('c', 'subscribe', news)).status).toBe(410);
  });

  it('has its acknowledgements follow a stream that has moved on', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    await client.listens('b');
    await client.does('a', 'heartbeat');
    await all.calm();
    const stream = await client.listens('c', { ack: client.cursor ?? '' });
    await all.node('a').hub.publish('/news', 1).accepted();
    await stream.items();
    const [b, c] = ['b', 'c'].map((name) => all.node(name).hub.session(client.id));
    expect(b).toBeUndefined();
    all.engine.letters.length = 0;
    // Who does not know better sends it to the last node.
    const text = `a${JSON.stringify([[client.id, all.node('a').hub.cursor(), null, 0]])}`;
    all.engine.open('d').inbox.send('b', text);
    await all.pass(500);
    expect(all.engine.letters.map(([to]) => to)).toContain('c');
    expect(c?.acked).toBe(c?.taken);
  });

  it('has its acknowledgements passed on to the node that streams to it', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    const stream = await client.listens('a', { heartbeats: 'answer' });
    await all.node('b').hub.publish('/news', 1).accepted();
    const cursor = (await stream.lines()).findLast(({ type }) => type === 'data')?.['cursor'];
    await client.does('b', 'ack', { ack: String(cursor) });
    await all.pass(100);
    const session = all.node('a').session(client.id);
    expect(session.acked).toBe(session.taken);
    expect(session.acknowledges).toBe(true);
  });

  it('is parked after a while, and found again', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    all.runtime.advance(130_000);
    await all.pass(200);
    expect(all.node('a').hub.session(client.id)).toBeUndefined();
    await all.node('b').hub.publish('/news', 1).accepted();
    expect(await (await client.listens('c')).items()).toEqual(['1']);
  });

  it('is what a record says: one that cannot be read is no session, and told', async () => {
    const all = await nodes();
    const client = await all.client('a');
    const stored = all.engine.records.get(client.id);
    if (stored !== undefined) stored.text = stored.text.replace('"holders"', '"holder"');
    expect((await client.does('b', 'subscribe', news)).status).toBe(410);
    expect(String(all.errors[0])).toContain('cannot be read');
  });

  it('gets a subscription that was made while its record was on its way', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'listen', { mode: 'poll' });
    let made: Promise<unknown> | undefined;
    all.engine.faults.loaded = async () => {
      made ??= client.does('a', 'subscribe', news);
      await undefined;
    };
    const stream = client.listens('b');
    await stream;
    await made;
    all.engine.faults.loaded = () => undefined;
    await all.node('c').hub.publish('/news', 1).accepted();
    expect(await (await stream).items()).toEqual(['1']);
  });
});

describe('a node without its engine', () => {
  it('lets joins wait while it is behind, and sends them away when it is cut off', async () => {
    const all = await nodes();
    all.engine.say('a', 'behind');
    const joining = all.client('a');
    await all.calm();
    all.engine.say('a', 'live');
    expect((await joining).id).not.toBe('');
    all.engine.say('a', 'cut');
    const refused = await (await all.client('b')).join('a');
    expect(refused.status).toBe(503);
    expect(Number(refused.headers['retry-after'])).toBeLessThanOrEqual(5);
  });

  it('ends its streams over ten seconds, and other nodes go on with them', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', news);
    const stream = await client.listens('a');
    all.engine.say('a', 'cut');
    await all.pass(10_100);
    expect(stream.outlet.ended).toBe(true);
    const next = await client.listens('b', { ack: client.cursor ?? '' });
    await all.node('c').hub.publish('/news', 1).accepted();
    expect(await next.items()).toEqual(['1']);
  });

  it('answers what it cannot write with a wait, and keeps nothing of it', async () => {
    const all = await nodes();
    const client = await all.client('a');
    all.engine.faults.store = () => true;
    expect((await client.does('a', 'subscribe', news)).status).toBe(503);
    all.engine.faults.store = () => false;
    expect(all.node('a').session(client.id).subscriptions).toEqual([]);
    expect((await client.does('b', 'subscribe', news)).status).toBe(200);
  });
});

describe('a client of the original protocol', () => {
  it.each(['with', 'without'])('meets another node at every poll, %s cookies', async (how) => {
    const all = await nodes();
    const client = await all.client('a', 'xml', { address: '192.0.2.7' });
    const keep = () => {
      if (how === 'without') client.cookies = [];
    };
    keep();
    await client.does('b', 'subscribe', news);
    keep();
    await client.does('c', 'listen', { mode: 'poll' });
    const got: string[] = [];
    for (let n = 1; n <= 6; n += 1) {
      keep();
      await all
        .node('abc'[n % 3] ?? 'a')
        .hub.publish('/news', { n: `number-${n}` })
        .accepted();
      const { body, status } = await client.does('bca'[n % 3] ?? 'a', 'refresh');
      expect(status).toBe(200);
      got.push(...(body.match(/number-\d/g) ?? []));
      await all.calm();
    }
    expect(got).toEqual([1, 2, 3, 4, 5, 6].map((n) => `number-${n}`));
  });
});
