import { createPublisher, redisCluster } from '@cometkit/redis';
import { afterEach, describe, expect, it } from 'vitest';
import { publisherSuite } from '../cluster/publisher-suite.ts';
import { block } from '../docs/blocks.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { secret } from './engine.ts';

const urlOf = (port: number) => `redis://127.0.0.1:${port}`;

describe.skipIf(skipsRedis())('a publisher over Redis', () => {
  publisherSuite({
    start: () => RedisServer.start('--appendfsync', 'everysec'),
    cluster: (port) => redisCluster({ url: urlOf(port), secret }),
    publisher: (port, options) => createPublisher({ url: urlOf(port), ...options }),
  });
});

describe.skipIf(skipsRedis())('a publisher and the log in Redis', () => {
  let server: RedisServer;
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.close();
  });

  it('keeps as much of it as the nodes want', async () => {
    server = await RedisServer.start();
    const cluster = redisCluster({ url: server.url, secret, log: { maxEvents: 1000 } });
    closing.push(() => cluster.stop());
    const nothing = () => undefined;
    await cluster.log.start({ accept: nothing, hole: nothing, renew: nothing, state: nothing });
    await eventually('the word of a node', () => server.command('HGET', '{comet}meta', 'keep'));
    const there = createPublisher({ url: server.url });
    closing.push(() => there.close());
    for (let turn = 0; turn < 20; turn += 1) {
      for (let n = 0; n < 256; n += 1) there.publish('/a', n);
      await there.publish('/a', 'last').accepted();
    }
    const frames = Number(await server.command('XLEN', '{comet}log'));
    const at = ([[id]]: [[string]]) => Number(id.split('-')[1]);
    const oldest = at((await server.command('XRANGE', '{comet}log', '-', '+', 'COUNT', '1')) as [[string]]);
    const newest = at(
      (await server.command('XREVRANGE', '{comet}log', '+', '-', 'COUNT', '1')) as [[string]],
    );
    const kept = newest - oldest;
    // Redis trims whole nodes of its tree: some more stay, but not all.
    expect(kept).toBeGreaterThan(1000);
    expect(frames).toBeLessThan(40);
  });

  it('tells a login that is refused, without the password, and at once', async () => {
    server = await RedisServer.start();
    await server.command('CONFIG', 'SET', 'requirepass', 'right');
    const there = createPublisher({ url: `redis://:mine-is-wrong@127.0.0.1:${server.port}` });
    const failure = there.publish('/a', 1).accepted();
    await expect(failure).rejects.toThrow(/refuses the login: check user and password in `url`/);
    await expect(failure).rejects.not.toThrow(/mine-is-wrong/);
    await there.close();
  });

  it('needs no more than the rights that the guide lists for it', async () => {
    server = await RedisServer.start();
    const line = block('docs/guides/publish-from-elsewhere.md', 'ACL SETUSER').text.trim();
    await server.command(...line.replace('PASSWORD', 'pw').split(' '));
    const there = createPublisher({ url: `redis://worker:pw@127.0.0.1:${server.port}` });
    closing.push(() => there.close());
    await there.publish('/a', 1).accepted();
    await there.publish('/a', 2, { messageId: '7' }).accepted();
    await server.command('FLUSHALL');
    await there.publish('/a', 3).accepted();
  });
});

describe('options of a publisher over Redis', () => {
  it.each([
    [{}, /`url` and `client` none is given/],
    [{ url: 'http://a' }, /`url`.*redis:\/\/localhost/],
    [{ url: 'redis://a', prefix: 'A' }, /`prefix`/],
    [{ url: 'redis://a', log: {} }, /unknown option `log`/],
    [{ url: 'redis://a', maxEventBytes: 0 }, /`maxEventBytes`/],
  ])('%j is refused', (options, message) => {
    expect(() => createPublisher(options as never)).toThrow(message);
  });

  it('has room for the secret of the nodes, so that one set of options does for both', async () => {
    await createPublisher({ url: 'redis://a', secret }).close();
  });
});
