import type { ServerResponse } from 'node:http';
import type {
  Client,
  ClientError,
  ClientItem,
  ClientOptions,
  Subscription,
  TransportName,
} from '@cometkit/client';
import type { Session } from '@cometkit/core';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { numbersOf, RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(async () => {
  await server.close();
});

const quickly = { pollWaitMs: { min: 5, max: 10 } };
const ways: [TransportName, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['poll', ['poll']],
  ['event-source', [eventSource(EventSource)]],
];

interface Collected {
  readonly items: ClientItem[];
  readonly ready: Promise<void>;
  readonly subscription: Subscription<ClientItem>;
}

function collect(client: Client, pattern = '/n'): Collected {
  const items: ClientItem[] = [];
  const subscription = client.subscribe(pattern, { gaps: true });
  subscription.on((item) => items.push(item));
  return { items, ready: subscription.ready, subscription };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, at) => from + at);
}

/** Deterministic chance, so that a failure can be had again. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each(ways)('over %s with a real server', (name, transports) => {
  it('everything comes once and in order', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    const { items, ready } = collect(client);
    await ready;
    for (const number of range(0, 300)) server.hub.publish('/n', number);
    await until(() => items.length === 300);
    expect(numbersOf(items)).toEqual(range(0, 300));
    expect(client.transport).toBe(name);
  });

  it('everything comes once and in order also while connections are reset', async () => {
    server = await RealServer.start(quickly);
    const { items, ready } = collect(server.client({ transports }));
    await ready;
    for (const number of range(0, 300)) {
      server.hub.publish('/n', number);
      if (number % 30 === 7) server.cut();
      if (number % 3 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await until(() => items.length >= 300, 20_000);
    expect(numbersOf(items)).toEqual(range(0, 300));
  });

  it('a session that the server ended is followed by one that goes on where it was', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    const { items, ready } = collect(client);
    await ready;
    server.hub.publish('/n', 0);
    await until(() => items.length === 1);
    for (const session of server.hub.sessions()) server.hub.leave(session, 'expired');
    server.hub.publish('/n', 1);
    await until(() => items.length === 2, 10_000);
    server.hub.publish('/n', 2);
    await until(() => items.length === 3);
    expect(numbersOf(items)).toEqual([0, 1, 2]);
  });

  it('a slow iteration gets all that the log holds, and so does what listens beside it', async () => {
    server = await RealServer.start(quickly, { queueLimit: 16 });
    const client = server.client({ transports, queueLimit: 8 });
    const subscription = client.subscribe('/n', { gaps: true });
    const { items, ready } = collect(client);
    const read: ClientItem[] = [];
    const gaps: unknown[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    await Promise.all([subscription.ready, ready]);
    for (const number of range(0, 300)) server.hub.publish('/n', number);
    for await (const item of subscription) {
      if (read.push(item) === 300) break;
      if (read.length % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
      if (read.length === 100) server.cut();
    }
    await until(() => items.length === 300);
    expect([numbersOf(read), numbersOf(items), gaps]).toEqual([range(0, 300), range(0, 300), []]);
  }, 20_000);

  it('a slow iteration is told in one gap what the log has let go of meanwhile', async () => {
    server = await RealServer.start(quickly, { queueLimit: 16, log: { maxEvents: 40 } });
    const client = server.client({ transports, queueLimit: 8 });
    const subscription = client.subscribe('/n', { gaps: true });
    await subscription.ready;
    await until(() => client.state === 'open');
    for (const number of range(0, 300)) server.hub.publish('/n', number);
    const read: ClientItem[] = [];
    for await (const item of subscription) {
      read.push(item);
      if (item.kind === 'data' && item.data === 299) break;
      if (read.length % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const got = numbersOf(read);
    const hole = got.findIndex((item) => typeof item === 'string');
    expect(got).toEqual([
      ...range(0, hole),
      expect.stringMatching(/^gap (overflow|trimmed)$/),
      ...range(260, 300),
    ]);
  }, 20_000);

  it('a new log is told as a gap', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    const { items, ready } = collect(client);
    await ready;
    server.hub.publish('/n', 0);
    await until(() => items.length === 1);
    await server.restart(quickly);
    await until(() => items.length === 2 && client.state === 'open', 15_000);
    server.hub.publish('/n', 1);
    await until(() => items.length === 3);
    expect(numbersOf(items)).toEqual([0, 'gap epoch', 1]);
  }, 20_000);

  it('a subscription that is taken away ends with an error, and the others go on', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    const secret = collect(client, '/n/secret');
    const { items, ready } = collect(client, '/n/**');
    await Promise.all([secret.ready, ready]);
    await until(() => client.state === 'open');
    const ended = new Promise<void>((resolve) => secret.subscription.watch(() => resolve()));
    server.hub.publish('/n/secret', 0);
    await until(() => items.length === 1);
    const [session] = [...server.hub.sessions()] as [Session];
    server.hub.revoke(session, ({ pattern }) => pattern === '/n/secret');
    await ended;
    expect(secret.subscription.error).toMatchObject({ code: 'refused', serverCode: 'revoked' });
    server.hub.publish('/n/secret', 1);
    await until(() => items.length === 2);
    expect(numbersOf(secret.items)).toEqual([0]);
  });

  it('a client that leaves leaves nothing behind', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    await collect(client).ready;
    await client.close();
    expect([...server.hub.sessions()]).toEqual([]);
  });
});

describe('with a real server', () => {
  it('the transport changes in mid-session at random, and nothing is lost, repeated or reordered', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports: ['stream', 'long-poll', 'poll', eventSource(EventSource)] });
    const { items, ready } = collect(client);
    const chance = dice(20);
    const names: TransportName[] = ['stream', 'long-poll', 'poll', 'event-source'];
    const used = new Set<string>();
    client.on('transport', (name) => used.add(name));
    await ready;
    for (const number of range(0, 600)) {
      server.hub.publish('/n', number);
      if (number % 6 === 0) client.use(names[Math.floor(chance() * 4)] ?? 'auto');
      if (chance() < 0.3) await new Promise((resolve) => setTimeout(resolve, chance() * 8));
    }
    await until(() => items.length >= 600, 20_000);
    expect(numbersOf(items)).toEqual(range(0, 600));
    expect(used.size).toBe(4);
  }, 30_000);

  it('there are never more than two connections', async () => {
    server = await RealServer.start(quickly);
    const client = server.client();
    const { items, ready } = collect(client);
    await ready;
    await Promise.all(range(0, 60).map((number) => client.publish('/n', number)));
    await until(() => items.length === 60);
    expect(numbersOf(items)).toEqual(range(0, 60));
    expect(server.busiest).toBeLessThanOrEqual(2);
  });

  it('the past comes before the live, without a hole or a repeat', async () => {
    server = await RealServer.start();
    const client = server.client();
    const { ready } = collect(client);
    await ready;
    let number = 0;
    const publishing = setInterval(() => {
      number += 1;
      server.hub.publish('/h', number);
    }, 1);
    await until(() => number > 20);
    const seen: unknown[] = [];
    const subscription = client.subscribe('/h', { last: 10 });
    subscription.on(({ data }) => seen.push(data));
    await subscription.ready;
    await until(() => seen.length > 30);
    clearInterval(publishing);
    const first = seen[0] as number;
    expect(seen).toEqual(range(first, first + seen.length));
  });

  it('a page that was rendered with a cursor goes on exactly there', async () => {
    server = await RealServer.start();
    server.hub.publish('/n', 0);
    const resumeFrom = server.hub.cursor();
    server.hub.publish('/n', 1);
    const { items } = collect(server.client({ resumeFrom }));
    await until(() => items.length === 1);
    server.hub.publish('/n', 2);
    await until(() => items.length === 2);
    expect(numbersOf(items)).toEqual([1, 2]);
  });

  it('a message whose answer is lost is published once', async () => {
    server = await RealServer.start();
    const client = server.client();
    const { items, ready } = collect(client);
    await ready;
    let lost = 0;
    server.intercept = (request, response) => {
      if (lost < 3 && request.method === 'POST') {
        swallow(response, /publish-ack/, () => {
          lost += 1;
        });
      }
      return false;
    };
    await client.publish('/n', 7);
    await until(() => items.length > 0);
    expect(lost).toBeGreaterThan(0);
    expect(numbersOf(items)).toEqual([7]);
  });

  it('a join whose answer is lost makes one session', async () => {
    server = await RealServer.start();
    let lost = false;
    server.intercept = (_request, response) => {
      if (!lost) {
        swallow(response, /join-ack/, () => {
          lost = true;
        });
      }
      return false;
    };
    const client = server.client();
    await collect(client).ready;
    expect(lost).toBe(true);
    expect([...server.hub.sessions()].map(({ id }) => id)).toEqual([client.id]);
  });

  it('a refusal of a hook is told', async () => {
    server = await RealServer.start({
      authorize: {
        join: () => true,
        subscribe: (_context) => ({ refuse: 'not yours' }),
        publish: () => false,
      },
    });
    const client = server.client();
    const errors: ClientError[] = [];
    client.on('error', (error) => errors.push(error));
    await expect(client.subscribe('/a').ready).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'not-authorized',
    });
    await expect(client.publish('/a', 1)).rejects.toMatchObject({ code: 'refused' });
    expect(client.state).toBe('open');
  });

  it('a message to one session reaches it alone, whatever it subscribed to', async () => {
    server = await RealServer.start();
    const [alice, bob] = [server.client(), server.client()];
    const seen: [string, unknown, string | undefined][] = [];
    alice.on('event', ({ data, to }) => seen.push(['alice', data, to]));
    bob.on('event', ({ data, to, from }) => seen.push([from === alice.id ? 'bob' : 'stranger', data, to]));
    await until(() => alice.state === 'open' && bob.state === 'open');
    await alice.publish('/hello', 'bob', { to: bob.id });
    await until(() => seen.length === 1);
    expect(seen).toEqual([['bob', 'bob', bob.id]]);
  });

  it('a stream that something on the way holds back is left within six seconds, and nothing is lost', async () => {
    const logger = { warn: vi.fn() };
    server = await RealServer.start({ logger });
    server.intercept = (_request, response) => {
      holdBackStream(response);
      return false;
    };
    const client = server.client();
    const changes: unknown[] = [];
    client.on('transport', (...change) => changes.push(change));
    const { items, ready } = collect(client);
    await ready;
    for (const number of range(0, 20)) server.hub.publish('/n', number);
    const start = Date.now();
    await until(() => items.length === 20, 8000);
    expect(Date.now() - start).toBeLessThan(6000);
    server.hub.publish('/n', 20);
    await until(() => items.length === 21);
    expect(numbersOf(items)).toEqual(range(0, 21));
    expect(changes).toEqual([['long-poll', 'buffered']]);
    expect(logger.warn.mock.calls).toEqual([
      [expect.objectContaining({ kind: 'streams do not get through' }), expect.stringContaining('doctor')],
    ]);
  }, 15_000);

  it('a server that is down is waited for', async () => {
    server = await RealServer.start();
    const client = server.client();
    const { items, ready } = collect(client);
    await ready;
    server.intercept = (_request, response) => {
      response.destroy();
      return true;
    };
    server.cut();
    await until(() => client.state === 'reconnecting');
    server.hub.publish('/n', 1);
    await new Promise((resolve) => setTimeout(resolve, 500));
    server.intercept = () => false;
    await until(() => items.length === 1, 10_000);
    expect(numbersOf(items)).toEqual([1]);
  }, 15_000);

  it('recovers nine times of ten from a reset on a healthy network within 150 ms', async () => {
    server = await RealServer.start();
    const client = server.client();
    const { items, ready } = collect(client);
    await ready;
    const times: number[] = [];
    for (const number of range(0, 40)) {
      server.cut();
      const start = performance.now();
      server.hub.publish('/n', number);
      await until(() => items.length === number + 1);
      times.push(performance.now() - start);
    }
    expect(numbersOf(items)).toEqual(range(0, 40));
    expect(times.sort((a, b) => a - b)[35]).toBeLessThan(150);
  }, 20_000);
});

function swallow(response: ServerResponse, pattern: RegExp, lost: () => void): void {
  const { end } = response;
  response.end = ((...args: unknown[]) => {
    if (!pattern.test(textOf(args[0]))) return Reflect.apply(end, response, args);
    lost();
    response.destroy();
    return response;
  }) as typeof end;
}

// Nothing of an answer that does not end gets through; its end would let all of it through.
function holdBackStream(response: ServerResponse): void {
  const { write, writeHead, end } = response;
  const kept: (() => void)[] = [];
  response.writeHead = ((...args: unknown[]) => {
    kept.push(() => Reflect.apply(writeHead, response, args));
    return response;
  }) as typeof writeHead;
  response.write = ((...args: unknown[]) => {
    kept.push(() => Reflect.apply(write, response, args));
    return true;
  }) as typeof write;
  response.end = ((...args: unknown[]) => {
    for (const one of kept.splice(0)) one();
    return Reflect.apply(end, response, args);
  }) as typeof end;
  response.flushHeaders = () => undefined;
}

function textOf(chunk: unknown): string {
  return chunk instanceof Uint8Array ? Buffer.from(chunk).toString() : String(chunk ?? '');
}
