import { createClient } from '@cometkit/client';
import { explain } from '@cometkit/inspector';
import { createHub } from '@cometkit/node';
import { openStream } from '@cometkit/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import { nodes } from '../cluster/kit.ts';
import { block } from '../docs/blocks.ts';
import { quick, secret } from '../redis/engine.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { serveInspector } from './kit.ts';

describe('why an event did not arrive, in a cluster', () => {
  it('is asked at the node that has the channel', async () => {
    const shown = block('docs/guides/inspector.md', 'No session here').text.trim();
    const all = await nodes();
    const client = await all.client('a');
    await client.does('a', 'subscribe', { subject: '/news' });
    await client.listens('b');
    await all.pass(100);
    const { hub } = all.node('c');
    expect(await explain(hub, client.id, '/news')).toEqual([
      {
        session: client.id,
        arrives: false,
        askAt: ['b'],
        sentences: [shown.replace(/node \w+/, 'node b')],
      },
    ]);
    expect((await explain(all.node('b').hub, client.id, '/news'))[0]).toMatchObject({
      arrives: true,
      askAt: [],
    });
  });

  it('is not that nobody listens, where a node holds a session whose channel is elsewhere', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.listens('b');
    await client.does('a', 'subscribe', { subject: '/news' });
    const [given] = await explain(all.node('a').hub, client.id, '/news');
    expect([given?.askAt, given?.sentences]).toEqual([
      ['b'],
      [
        expect.stringMatching(/^The subscription \/news matches/),
        'Its channel is at node b: ask there what waits for it.',
      ],
    ]);
  });

  it('is asked at the nodes that were polled', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.does('b', 'subscribe', { subject: '/news' });
    expect((await explain(all.node('c').hub, client.id, '/news'))[0]).toMatchObject({
      askAt: ['a', 'b'],
      sentences: ['No session here has this id: nodes a, b may hold it: ask there.'],
    });
    const [here] = await explain(all.node('a').hub, client.id, '/news');
    expect(here?.sentences).toContain('No channel is open here, but it may poll elsewhere: ask b, too.');
  });

  it('is that no node has the session, or that this one has ended it', async () => {
    const all = await nodes();
    const { hub } = all.node('c');
    const unknown = 'No session here has this id: no node has it; it ended, or never was.';
    expect((await explain(hub, 'A'.repeat(22), '/news'))[0]?.sentences).toEqual([unknown]);
    expect((await explain(hub, '../log *', '/news'))[0]?.sentences).toEqual([unknown]);
    expect((await explain(hub, { principal: 'ann' }, '/news'))[0]?.sentences).toEqual([
      'No session here belongs to this principal. Every node knows its own sessions: ask the others, too.',
    ]);
  });

  it('cannot be told while the engine does not answer', async () => {
    const all = await nodes();
    const client = await all.client('a');
    all.engine.faults.store = () => true;
    expect((await explain(all.node('c').hub, client.id, '/news'))[0]?.sentences).toEqual([
      'No session here has this id: the engine does not answer, so that this node cannot tell which one has it.',
    ]);
  });
});

describe.skipIf(skipsRedis())('the inspector of a node over Redis', () => {
  const start = (url: string, nodeId: string) =>
    serveInspector(createHub({ cluster: openRedisCluster({ url, secret, nodeId }, quick) }), {
      drain: { settleMs: 0, drainMs: 0 },
    });

  it('names the node that has the stream of a session', async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.close());
    const [one, two] = await Promise.all([start(redis.url, 'one'), start(redis.url, 'two')]);
    const stream = await openStream(`${two.url}/push?type=join-listen&format=ndjson&subject=/news`);
    const ack = await stream.until('join-listen-ack');
    const session = /"session":"([\w-]+)"/.exec(ack)?.[1];
    await eventually('the stream is in its record', async () => {
      const [{ askAt }] = await one.read(`explain?session=${session}&subject=/news`);
      return /^two[0-9a-z]+$/.test(askAt[0] ?? '');
    });
    expect(await one.read(`sessions/${session}`)).toEqual({
      timeline: [],
      where: expect.stringMatching(/^node two[0-9a-z]+ has its channel: ask there$/),
    });
    expect((await two.read(`explain?session=${session}&subject=/news`))[0]).toMatchObject({ arrives: true });
    const published = await one.act('publish', { subject: '/news', data: { n: 7 } });
    expect(JSON.parse(published.body)).toEqual({ position: expect.any(Number) });
    await stream.until('{"n":7}');
    stream.close();
  });

  it('drains the node that is named, and no other, and its clients go on there where they were', async () => {
    const redis = await RedisServer.start();
    onTestFinished(() => redis.close());
    const [one, two] = await Promise.all([start(redis.url, 'one'), start(redis.url, 'two')]);
    const client = createClient(`${two.url}/push`);
    onTestFinished(() => client.close());
    const told: unknown[] = [];
    const states: string[] = [];
    client.subscribe('/news').on(({ data }) => told.push(data));
    client.on('state', (state) => states.push(state));
    await eventually('a session', () => two.push.hub.stats().attached === 1);
    await one.act('publish', { subject: '/news', data: 1 });
    await eventually('the first event', () => told.length === 1);
    const named = { node: two.push.hub.cluster?.node };
    expect((await one.act('drain', named)).status).toBe(409);
    expect((await two.act('drain', named)).status).toBe(200);
    expect([one.push.ready(), two.push.ready()]).toEqual([true, false]);
    await one.act('publish', { subject: '/news', data: 2 });
    await eventually('the second event', () => told.length === 2);
    expect([told, states.includes('reconnecting')]).toEqual([[1, 2], false]);
  });
});
