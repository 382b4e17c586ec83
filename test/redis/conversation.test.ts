import { afterEach, beforeEach, describe, vi } from 'vitest';
import { openRedisCluster } from '../../packages/redis/src/redis-cluster.ts';
import { conversationSuite } from '../cluster/conversation-suite.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';
import { secret } from './engine.ts';

vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(skipsRedis())('two nodes over Redis', () => {
  let server: RedisServer;
  beforeEach(async () => {
    server = await RedisServer.start();
  });
  afterEach(() => server.close());
  conversationSuite(() => openRedisCluster({ url: server.url, secret }));
});
