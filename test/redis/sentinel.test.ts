import { eachEngine } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import { eventually } from '../support/eventually.ts';
import { RedisServer, Sentinel, skipsRedis } from '../support/redis.ts';
import { quick, secret } from './engine.ts';

const accident = 'is replaced by a replica that is behind';

// A primary, its replica, and a Sentinel, which makes the replica the primary when that dies.
async function start() {
  const primary = await RedisServer.start();
  const replica = await RedisServer.start('--replicaof', `127.0.0.1 ${primary.port}`);
  const sentinel = await Sentinel.start(primary.port);
  await eventually('the Sentinel knows the replica', async () => (await sentinel.replicas()) === 1, 30_000);
  const client = async () => ({ socket: { host: '127.0.0.1', port: await sentinel.primary() } });
  return {
    open: () => openRedisCluster({ client, secret, log: { maxEvents: 2000 } }, quick),
    accidents: {
      [accident]: async () => {
        await primary.kill();
        const moved = async () => (await sentinel.primary()) === replica.port;
        await eventually('another primary', moved, 60_000);
      },
    },
    close: async () => {
      await sentinel.close();
      await replica.close();
      await primary.close();
    },
  };
}

describe.skipIf(skipsRedis())('redis behind a Sentinel, whose primary dies', () => {
  const register = (name: string, run: () => Promise<void>): void => {
    if (name.endsWith(accident)) it(name, run, 180_000);
  };
  eachEngine(start, register, [accident]);
});
