import type { ClientOptions, TransportName } from '@cometkit/client';
import { RequestError, type ServerStream, talkOf } from '@cometkit/handler';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(async () => {
  await server.close();
});

const quickly = { pollWaitMs: { min: 5, max: 10 }, longPollWaitMs: { min: 0, max: 0 } };
const ways: [TransportName, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['poll', ['poll']],
  ['event-source', [eventSource(EventSource)]],
];

/** Counts up whenever it is told to. */
class Counter {
  #resume: () => void = () => undefined;
  #wanted = 0;
  stopped = false;

  async *values(): AsyncGenerator<number> {
    try {
      for (let n = 1; ; n += 1) {
        while (n > this.#wanted) await new Promise<void>((resolve) => (this.#resume = resolve));
        yield n;
      }
    } finally {
      this.stopped = true;
    }
  }

  upTo(n: number): void {
    this.#wanted = n;
    this.#resume();
  }
}

/** Reads a stream into a list, to which its end is added. */
function reading(stream: AsyncIterable<unknown>): unknown[] {
  const found: unknown[] = [];
  void (async () => {
    try {
      for await (const value of stream) found.push(value);
      found.push('end');
    } catch (error) {
      const { code, serverCode } = error as { code: string; serverCode: string };
      found.push(serverCode ?? code ?? String(error));
    }
  })();
  return found;
}

const upTo = (n: number): number[] => Array.from({ length: n }, (_, at) => at + 1);

describe.each(ways)('a stream over %s', (_name, transports) => {
  it('is whole for who was first, who comes late, and who is cut off', async () => {
    server = await RealServer.start(quickly);
    const client = server.client({ transports });
    const first = reading(client.stream('/answers/1'));
    await until(() => server.hub.listeners('/answers/1') === 1);
    const counter = new Counter();
    talkOf(server.hub).stream('/answers/1', counter.values(), { cancel: true });
    counter.upTo(200);
    await until(() => first.length === 200);
    const late = reading(server.client({ transports }).stream('/answers/1'));
    await until(() => late.length === 200);
    server.cut();
    counter.upTo(300);
    await until(() => first.length === 300 && late.length === 300, 15_000);
    await client.stream('/answers/1').cancel();
    await until(() => first.length === 301 && late.length === 301);
    expect(first).toEqual([...upTo(300), 'cancelled']);
    expect(late).toEqual(first);
    counter.upTo(301); // a generator that waits hears of its end when it goes on
    await until(() => counter.stopped);
  }, 30_000);
});

describe('a stream', () => {
  it('is read again from its beginning by each iteration, also after it has ended', async () => {
    server = await RealServer.start(quickly);
    const stream = talkOf(server.hub).stream('/answers/1', upTo(500));
    expect(await stream.ended).toBe('done');
    const read = server.client().stream<number>('/answers/1');
    for (let round = 0; round < 2; round += 1) {
      const found = reading(read);
      await until(() => found.at(-1) === 'end');
      expect(found).toEqual([...upTo(500), 'end']);
    }
    await until(() => server.hub.listeners('/answers/1') === 0);
  });

  it('is whole when the log has let go of what a reader missed', async () => {
    server = await RealServer.start(quickly, { log: { maxEvents: 5 } });
    const counter = new Counter();
    const stream = talkOf(server.hub).stream('/answers/1', counter.values());
    const found = reading(server.client().stream('/answers/1'));
    counter.upTo(3);
    await until(() => found.length === 3);
    server.intercept = (_request, response) => {
      response.destroy();
      return true;
    };
    server.cut();
    counter.upTo(100);
    await until(() => server.hub.stats().published > 90);
    server.intercept = () => false;
    await until(() => found.length === 100, 15_000);
    stream.cancel();
    await until(() => found.length === 101);
    expect(found).toEqual([...upTo(100), 'cancelled']);
  }, 30_000);

  it('survives the end of its session, and is gone with its server', async () => {
    server = await RealServer.start(quickly);
    const counter = new Counter();
    talkOf(server.hub).stream('/answers/1', counter.values());
    const client = server.client();
    const found = reading(client.stream('/answers/1'));
    counter.upTo(3);
    await until(() => found.length === 3);
    for (const session of server.hub.sessions()) server.hub.leave(session, 'expired');
    counter.upTo(6);
    await until(() => found.length === 6);
    await server.restart(quickly);
    await until(() => found.length === 7, 15_000);
    expect(found).toEqual([...upTo(6), expect.stringMatching(/^(no-handler|cancelled)$/)]);
  }, 30_000);

  it.each<[string, unknown]>([
    ['no-model', new RequestError('no-model', 'try later')],
    ['failed', new Error('a secret')],
  ])('that fails is told as %s', async (code, error) => {
    server = await RealServer.start({ ...quickly, onError: () => undefined });
    talkOf(server.hub).stream('/answers/1', function* () {
      yield 1;
      throw error;
    });
    const found = reading(server.client().stream('/answers/1'));
    await until(() => found.length === 2);
    expect(found).toEqual([1, code]);
  });

  it('is refused to whom the hook refuses its subject, and cancelled by nobody whom it does not let', async () => {
    server = await RealServer.start({
      ...quickly,
      authorize: { subscribe: ({ pattern }) => pattern === '/answers/1' },
    });
    for (const subject of ['/answers/1', '/answers/2'])
      talkOf(server.hub).stream(subject, () => new ReadableStream());
    const client = server.client();
    const found = reading(client.stream('/answers/2'));
    await until(() => found.length === 1);
    expect(found).toEqual(['not-authorized']);
    reading(client.stream('/answers/1'));
    await until(() => server.hub.listeners('/answers/1') === 1);
    await expect(client.stream('/answers/1').cancel()).rejects.toMatchObject({
      serverCode: 'not-authorized',
    });
  });

  it('is left quietly, by its signal and by a break, and goes on for others', async () => {
    server = await RealServer.start(quickly);
    const counter = new Counter();
    const stream: ServerStream = talkOf(server.hub).stream('/answers/1', counter.values());
    const client = server.client();
    const abort = new AbortController();
    const aborted = reading(client.stream('/answers/1', { signal: abort.signal }));
    counter.upTo(2);
    for await (const value of client.stream('/answers/1')) if (value === 2) break;
    await until(() => aborted.length === 2);
    abort.abort();
    await until(() => aborted.length === 3);
    expect(aborted).toEqual([1, 2, 'end']);
    await until(() => server.hub.listeners('/answers/1') === 0);
    expect(counter.stopped).toBe(false);
    stream.cancel();
  });

  it('ends with its client, in so many words', async () => {
    server = await RealServer.start(quickly);
    talkOf(server.hub).stream('/answers/1', () => new ReadableStream());
    const client = server.client();
    const found = reading(client.stream('/answers/1'));
    await until(() => server.hub.listeners('/answers/1') === 1);
    await client.close();
    await until(() => found.length === 1);
    expect(found).toEqual(['closed']);
  });

  it('is not disturbed by what others publish to its subject', async () => {
    server = await RealServer.start(quickly);
    const counter = new Counter();
    const stream = talkOf(server.hub).stream('/answers/1', counter.values());
    const client = server.client();
    const found = reading(client.stream('/answers/1'));
    counter.upTo(1);
    await until(() => found.length === 1);
    await client.publish('/answers/1', { stream: stream.id, n: 2, value: 'forged' });
    server.hub.publish('/answers/1', 'a note');
    server.hub.publish('/answers/1', null);
    counter.upTo(2);
    await until(() => found.length === 2);
    expect(found).toEqual([1, 2]);
    stream.cancel();
  });

  it('is asked for with options that exist', async () => {
    server = await RealServer.start(quickly);
    const client = server.client();
    expect(() => client.stream('/a', { since: 'x' } as never)).toThrow('since');
    expect(() => client.stream('/a', { signal: 7 } as never)).toThrow('signal');
  });

  it('tells who comes late to a node that has it not, at its next value', async () => {
    server = await RealServer.start();
    const { hub } = server;
    const found = reading(server.client().stream('/answers/1'));
    await until(() => hub.stats().subscriptions === 1);
    // As the log of a cluster brings it from the node that runs it.
    hub.publish('/answers/1', { stream: 's', n: 4, value: 4 });
    await until(() => found.length > 0);
    expect(found).toEqual(['no-handler']);
  });

  it('reaches from its first value also who reads it at a node that has it not', async () => {
    server = await RealServer.start();
    const { hub } = server;
    const found = reading(server.client().stream('/answers/1'));
    await until(() => hub.stats().subscriptions === 1);
    for (const n of [1, 2]) hub.publish('/answers/1', { stream: 's', n, value: n });
    hub.publish('/answers/1', { stream: 's', n: 3, end: 'done' });
    await until(() => found.length > 2);
    expect(found).toEqual([1, 2, 'end']);
  });
});
