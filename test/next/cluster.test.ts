import { createRouteHandlers, drain, getHub, type NextHubOptions } from '@cometkit/next';
import { redisCluster } from '@cometkit/redis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RedisServer, skipsRedis } from '../support/redis.ts';

const key = Symbol.for('@cometkit/next/hub@1');
const place = globalThis as { [key]?: unknown };
const secret = 'a secret of at least 32 characters';

const forget = (): void => {
  delete place[key];
};

describe.skipIf(skipsRedis())('the hub of a Next process with a cluster', () => {
  let redis: RedisServer;
  beforeEach(async () => {
    forget();
    redis = await RedisServer.start();
  });
  afterEach(async () => {
    await drain();
    forget();
    await redis.close();
  });

  /** Two servers in one process: hubs with names of their own, over one Redis. */
  function server(name: string): { readonly options: NextHubOptions; made(): number } {
    let made = 0;
    const cluster = () => {
      made += 1;
      return redisCluster({ url: redis.url, secret });
    };
    return { options: { name, cluster, hub: { presence: ['/rooms/*'] } }, made: () => made };
  }

  const get = (query: string) => new Request(`http://app.example/push?${query}`);
  const post = (body: object) =>
    new Request('http://app.example/push', { method: 'POST', body: JSON.stringify(body) });

  it('is one of many nodes: joined on one, heard on the other, published on the first', async () => {
    const [one, two] = [server('one'), server('two')];
    const [a, b] = [createRouteHandlers(one.options), createRouteHandlers(two.options)];
    expect([one.made(), two.made()]).toEqual([0, 0]);
    const joined = await a.GET(get('type=join&format=ndjson'));
    const { session, key: proof } = JSON.parse(await joined.text());
    const stream = await b.POST(
      post({ type: 'listen', session, key: proof, subject: '/rooms/1', format: 'ndjson', mode: 'stream' }),
    );
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (word: string) => {
      while (!text.includes(word)) text += (await reader.read()).value ?? '';
    };
    await until('listen-ack');
    const event = await getHub({ ...one.options, cluster: one.options.cluster! })
      .publish('/rooms/1', 'from the first')
      .accepted();
    await until('from the first');
    expect(text).toContain(event.cursor);
    await expect
      .poll(() => getHub(one.options).presence('/rooms/1'), { timeout: 5000 })
      .toEqual([{ id: session }]);
    await reader.cancel();
    expect([one.made(), two.made()]).toEqual([1, 1]);
  });

  it('says so when somebody has made it without before', async () => {
    getHub();
    const { cluster } = server('default').options;
    expect(() => getHub({ cluster: cluster! })).toThrow('without the option `cluster`');
    await expect(createRouteHandlers({ cluster: cluster! }).GET(get('type=join'))).rejects.toThrow(
      'instrumentation.ts',
    );
  });

  it('takes a function, not the engine itself', () => {
    const cluster = redisCluster({ url: redis.url, secret });
    expect(() => getHub({ cluster: cluster as never })).toThrow('option `cluster`');
    expect(() => getHub({ hub: { cluster } as never })).toThrow('unknown option `hub.cluster`');
  });
});
