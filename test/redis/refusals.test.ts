import type { EngineState } from '@cometkit/core/cluster';
import { RecordingSink } from '@cometkit/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { openRedisCluster, redisCluster } from '../../packages/redis/src/redis-cluster.ts';
import type { RedisClusterOptions } from '../../packages/redis/src/settings.ts';
import { eventOf } from '../../packages/testkit/src/engine-stage.ts';
import { block } from '../docs/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { quick, secret } from './engine.ts';

type Said = readonly [state: EngineState, why: string | undefined];

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(...args: readonly string[]): Promise<RedisServer> {
  const server = await RedisServer.start(...args);
  ends.push(() => server.close());
  return server;
}

function open(
  options: Partial<RedisClusterOptions> & { url: string },
): ReturnType<typeof openRedisCluster> & { said: Said[] } {
  const said: Said[] = [];
  const onState = (state: EngineState, why: string | undefined) => said.push([state, why]);
  const cluster = openRedisCluster({ secret, behindMs: 500, cutMs: 1200, onState, ...options }, quick);
  ends.push(() => cluster.stop());
  return Object.assign(cluster, { said });
}

const batch = (seq: number) => ({ seq, entries: [eventOf('/a', 'x'.repeat(1000))] });

describe('options of a cluster over Redis', () => {
  it.each([
    [{ secret }, /`url` and `client` none is given/],
    [{ url: 'redis://a', client: {}, secret }, /both is given/],
    [{ url: 'http://a', secret }, /`url`.*redis:\/\/localhost/],
    [{ url: 'redis://a/b', secret }, /`url`/],
    [{ url: 'redis://a' }, /`secret` is missing/],
    [{ url: 'redis://a', secret: 'short' }, /`secret`/],
    [{ url: 'redis://a', secret, prefix: 'A' }, /`prefix`/],
    [{ url: 'redis://a', secret, prefix: 'a'.repeat(33) }, /`prefix`/],
    [{ url: 'redis://a', secret, behindMs: 0 }, /`behindMs`/],
    [{ url: 'redis://a', secret, behindMs: 20, cutMs: 10 }, /`cutMs`/],
    [{ url: 'redis://a', secret, log: { maxEvent: 1 } }, /`log.maxEvent`; did you mean `log.maxEvents`/],
  ])('%j is refused', (options, message) => {
    expect(() => redisCluster(options as never)).toThrow(message);
  });

  it('gives a node a new name each time, with the beginning that was asked for', () => {
    const names = [1, 2].map(() => redisCluster({ url: 'redis://a', secret, nodeId: 'eu1' }).node);
    expect(names[0]).toMatch(/^eu1[0-9a-z]{12}$/);
    expect(names[0]).not.toBe(names[1]);
  });

  it('takes a prefix with colons', () => {
    expect(() => redisCluster({ url: 'redis://a', secret, prefix: 'shop:eu_1-a' })).not.toThrow();
  });
});

describe.skipIf(skipsRedis())('an engine that refuses', () => {
  it('tells a wrong password, without showing it', async () => {
    const server = await serve();
    await server.command('CONFIG', 'SET', 'requirepass', 'right');
    const cluster = open({ url: `redis://:mine-is-wrong@127.0.0.1:${server.port}` });
    const failure = cluster.log.start(new RecordingSink());
    await expect(failure).rejects.toThrow(/refuses the login: check user and password in `url`/);
    await expect(failure).rejects.not.toThrow(/mine-is-wrong/);
  });

  it('tells a user without rights', async () => {
    const server = await serve();
    await server.command('ACL', 'SETUSER', 'push', 'on', '>pw', '~other*', '+@all');
    const cluster = open({ url: `redis://push:pw@127.0.0.1:${server.port}` });
    await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(
      /keys and commands that the guide lists/,
    );
  });

  it('tells a key that holds something else', async () => {
    const server = await serve();
    await server.command('SET', '{comet}log', 'x');
    const cluster = open({ url: server.url });
    await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(/choose another `prefix`/);
  });

  it('tells a full one, and goes on when there is room', async () => {
    const server = await serve('--maxmemory-policy', 'noeviction');
    const cluster = open({ url: server.url });
    const sink = new RecordingSink();
    await cluster.log.start(sink);
    await server.command('CONFIG', 'SET', 'maxmemory', '1');
    await expect(cluster.log.append(batch(1))).rejects.toThrow(/Redis is full: raise its `maxmemory`/);
    await eventually('behind', () => sink.states.at(-1) === 'behind');
    expect(cluster.said.at(-1)?.[1]).toMatch(/Redis is full/);
    await server.command('CONFIG', 'SET', 'maxmemory', '0');
    await eventually('live', () => sink.states.at(-1) === 'live');
    expect((await cluster.log.append(batch(1))).repeated).toBe(false);
  });

  it('tells a read-only replica', async () => {
    const server = await serve();
    const cluster = open({ url: server.url });
    const sink = new RecordingSink();
    await cluster.log.start(sink);
    await server.command('REPLICAOF', '127.0.0.1', '1');
    await eventually('behind', () => sink.states.at(-1) === 'behind');
    await expect(cluster.log.append(batch(1))).rejects.toThrow(/must lead to the primary/);
    await server.command('REPLICAOF', 'NO', 'ONE');
    await eventually('live', () => sink.states.at(-1) === 'live');
  });

  it('waits for one that is not there yet, and says so once', async () => {
    const server = await serve();
    await server.kill();
    const cluster = open({ url: server.url });
    const sink = new RecordingSink();
    const started = cluster.log.start(sink);
    await eventually('a word', () => cluster.said.length > 0);
    expect(cluster.said[0]?.[0]).toBe('behind');
    expect(cluster.said[0]?.[1]).toMatch(/^no answer from Redis at 127\.0\.0\.1:\d+ \(.*ECONNREFUSED/);
    await server.run();
    await started;
    expect(cluster.said.map(([state]) => state)).toEqual(['behind', 'live']);
  });

  it('is behind, then cut, when the engine is silent, and live when it answers again', async () => {
    const server = await serve();
    const proxy = await FaultProxy.start(server.port);
    ends.push(() => proxy.close());
    const cluster = open({ url: `redis://127.0.0.1:${proxy.port}` });
    const sink = new RecordingSink();
    await cluster.log.start(sink);
    proxy.silence();
    await eventually('cut', () => sink.states.at(-1) === 'cut');
    proxy.open();
    await eventually('live', () => sink.states.at(-1) === 'live');
    expect(sink.states).toEqual(['live', 'behind', 'cut', 'live']);
    expect(sink.told.filter(({ kind }) => kind === 'renew')).toHaveLength(1);
  });

  it('needs no more than the rights that the guide lists', async () => {
    const server = await serve();
    const line = block('docs/guides/scale-out.md', 'ACL SETUSER').text.trim();
    await server.command(...line.replace('PASSWORD', 'pw').split(' '));
    const cluster = open({ url: `redis://push:pw@127.0.0.1:${server.port}` });
    const sink = new RecordingSink();
    await cluster.log.start(sink);
    await cluster.log.append({ ...batch(1), key: 'k' });
    await server.command('XADD', '{comet}log', '*', 'what', 'ever');
    await cluster.log.append(batch(2));
    await cluster.sessions.create('one', 'a', { ttlMs: 1000, nonce: 'n' });
    const { revision } = (await cluster.sessions.load('one')) ?? { revision: '' };
    expect(await cluster.sessions.replace('one', 'b', { revision, ttlMs: 1000 })).toBeDefined();
    await cluster.sessions.touch('one', 1000);
    await cluster.sessions.remove('one');
    cluster.inbox.receive(() => undefined);
    cluster.inbox.send(cluster.node, 'x');
    await server.command('FLUSHALL');
    await eventually('the next life', () => cluster.log.append(batch(3)).catch(() => undefined));
    await eventually('the new life', () => sink.frames.length === 3);
    expect(cluster.said).toEqual([['live', undefined]]);
  });
});

describe.skipIf(skipsRedis())('an idle node', () => {
  it.each([0, 2000])(
    'asks at most ten commands a second with %i sessions',
    async (sessions) => {
      const server = await serve();
      const cluster = redisCluster({ url: server.url, secret });
      ends.push(() => cluster.stop());
      await cluster.log.start(new RecordingSink());
      await Promise.all(
        Array.from({ length: sessions }, (_, id) =>
          cluster.sessions.create(`s${id}`, '{}', { ttlMs: 60_000 }),
        ),
      );
      const begin = await processed(server);
      const beginMs = performance.now();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      const own = 2;
      const perSecond = ((await processed(server)) - begin - own) / ((performance.now() - beginMs) / 1000);
      expect(perSecond).toBeGreaterThan(0.5);
      expect(perSecond).toBeLessThanOrEqual(10);
    },
    20_000,
  );
});

async function processed(server: RedisServer): Promise<number> {
  const info = String(await server.command('INFO', 'stats'));
  return Number(/total_commands_processed:(\d+)/.exec(info)?.[1]);
}
