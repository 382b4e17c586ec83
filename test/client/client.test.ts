import { getEventListeners } from 'node:events';
import { type Client, type ClientError, type ClientOptions, createClient } from '@cometkit/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { until } from './server-kit.ts';

type Answer = (fields: Record<string, unknown>) => string | Response | Promise<never>;

const cursor = (position: number) => `e-${position.toString(36)}-t`;
const joinAck = `{"type":"join-ack","session":"me","key":"k","cursor":"${cursor(0)}"}\n`;
const listenAck = `{"type":"listen-ack","cursor":"${cursor(0)}"}\n`;
const never = new Promise<never>(() => undefined);

function event(position: number, subject = '/a'): string {
  return `{"type":"data","subject":"${subject}","cursor":"${cursor(position)}","time":1,"data":${position}}\n`;
}

/** A server that joins, and whose stream the test writes. */
class FakeServer {
  readonly asked: Record<string, unknown>[] = [];
  readonly inits: RequestInit[] = [];
  answers: Record<string, Answer> = {};
  stream: ReadableStreamDefaultController<Uint8Array> | undefined;
  open = 0;
  mostOpen = 0;

  readonly fetch = async (_url: string, init: RequestInit): Promise<Response> => {
    const fields = JSON.parse(String(init.body)) as Record<string, unknown>;
    const kind = String(fields['type']);
    this.asked.push(fields);
    this.inits.push(init);
    this.open += 1;
    this.mostOpen = Math.max(this.mostOpen, this.open);
    const answer = this.answers[kind]?.(fields) ?? this.#standard(kind);
    if (kind !== 'listen') this.open -= 1;
    return answer instanceof Response ? answer : new Response(await answer);
  };

  write(...lines: string[]): void {
    this.stream?.enqueue(new TextEncoder().encode(lines.join('')));
  }

  #standard(kind: string): string | Response {
    if (kind === 'join') return joinAck;
    if (kind === 'subscribe') return '{"type":"subscribe-ack","subscription":"s1"}\n';
    if (kind !== 'listen') return `{"type":"${kind}-ack"}\n`;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.stream = controller;
      },
      cancel: () => {
        this.open -= 1;
      },
    });
    this.write(listenAck);
    return new Response(body);
  }
}

const clients: Client[] = [];

function open(server: FakeServer, options: ClientOptions = {}): Client {
  const client = createClient('/push', { runtime: { fetch: server.fetch }, ...options });
  clients.push(client);
  return client;
}

afterEach(async () => {
  vi.unstubAllGlobals();
  await Promise.all(clients.splice(0).map((client) => client.close()));
});

describe('a client', () => {
  it('connects by itself and says how far it is', async () => {
    const server = new FakeServer();
    const client = open(server);
    const states: string[] = [];
    client.on('state', (state) => states.push(state));
    expect([client.state, client.id, client.transport, client.cursor]).toEqual([
      'connecting',
      undefined,
      undefined,
      undefined,
    ]);
    await until(() => client.state === 'open');
    expect([client.id, client.transport, client.cursor]).toEqual(['me', 'stream', cursor(0)]);
    await client.close();
    expect([client.state, states]).toEqual(['closed', ['open', 'closed']]);
  });

  it('iterates over a subscription and knows its place', async () => {
    const server = new FakeServer();
    const client = open(server);
    const seen: unknown[] = [];
    const subscription = client.subscribe('/a');
    await subscription.ready;
    await until(() => client.state === 'open');
    server.write(event(1), event(2, '/b'), event(3));
    for await (const { data } of subscription) {
      seen.push(data);
      if (data === 3) server.write(event(4));
      if (data === 4) break;
    }
    expect([seen, client.cursor]).toEqual([[1, 3, 4], cursor(4)]);
    await until(() => server.asked.some((one) => one['type'] === 'unsubscribe'));
  });

  it('tells every event, also those that no subscription asked for', async () => {
    const server = new FakeServer();
    const client = open(server);
    const seen: string[] = [];
    client.on('event', ({ subject }) => seen.push(subject));
    await until(() => client.state === 'open');
    server.write(event(1, '/private'));
    await until(() => seen.length === 1);
    expect(seen).toEqual(['/private']);
  });

  it('goes on when a callback throws, and reports it', async () => {
    const server = new FakeServer();
    const client = open(server);
    const errors: ClientError[] = [];
    const seen: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    const cause = new Error('mine');
    client.subscribe('/a').on(({ data }) => {
      seen.push(data);
      throw cause;
    });
    client.on('event', () => {
      throw cause;
    });
    await until(() => client.state === 'open' && server.asked.some((one) => one['type'] === 'subscribe'));
    server.write(event(1), event(2));
    await until(() => seen.length === 2);
    expect(errors.map(({ code, cause: of }) => [code, of === cause])).toEqual(
      Array(4).fill(['listener', true]),
    );
  });

  it('hands what an error listener throws to the surroundings', async () => {
    const reported: unknown[] = [];
    vi.stubGlobal('reportError', (error: unknown) => reported.push(error));
    const server = new FakeServer();
    const client = open(server);
    const cause = new Error('mine');
    client.on('error', () => {
      throw cause;
    });
    client.on('state', () => {
      throw new Error('first');
    });
    await until(() => client.state === 'open');
    expect(reported).toEqual([cause]);
  });

  it('may be called from its own callbacks', async () => {
    const server = new FakeServer();
    const client = open(server);
    const seen: unknown[] = [];
    const first = client.subscribe('/a');
    first.on(({ data }) => {
      seen.push(data);
      first.unsubscribe();
      void client.publish('/b', data);
    });
    await first.ready;
    await until(() => client.state === 'open');
    server.write(event(1), event(2));
    await until(() => server.asked.some((one) => one['type'] === 'publish'));
    expect(seen).toEqual([1]);
  });

  it('keeps to two connections, whatever it is asked', async () => {
    const server = new FakeServer();
    const client = open(server);
    await Promise.all([
      ...Array.from({ length: 20 }, (_, at) => client.subscribe(`/${at}`).ready),
      ...Array.from({ length: 20 }, (_, at) => client.publish('/a', at)),
    ]);
    expect(server.mostOpen).toBeLessThanOrEqual(2);
    // The fake server answers one command of a batch.
    const published = server.asked
      .flatMap((one) => (one['commands'] as Record<string, unknown>[] | undefined)?.slice(0, 1) ?? [one])
      .filter((one) => one['type'] === 'publish')
      .map((one) => one['data']);
    expect(published).toEqual(Array.from({ length: 20 }, (_, at) => at));
  });

  it('sends the headers that the application gives, new for each request', async () => {
    const server = new FakeServer();
    let token = 0;
    const headers = async () => {
      token += 1;
      return { authorization: `Bearer ${token}` };
    };
    const client = open(server, { headers, credentials: 'include' });
    await client.publish('/a', 1);
    const sent = server.inits.map((init) => (init.headers as Record<string, string>)['authorization']);
    expect(sent.slice(0, 3)).toEqual(['Bearer 1', 'Bearer 2', 'Bearer 3']);
    expect(server.inits.every((init) => init.credentials === 'include')).toBe(true);
  });

  it('is not held up by headers that never come', async () => {
    const server = new FakeServer();
    const first = vi.fn(() => (first.mock.calls.length === 1 ? never : Promise.resolve({})));
    const timers: [() => void, number][] = [];
    let now = 0;
    const client = open(server, {
      headers: first,
      runtime: {
        fetch: server.fetch,
        now: () => now,
        setTimer: (callback, delayMs) => timers.push([callback, now + delayMs]) - 1,
        clearTimer: (timer) => timers.splice(timer as number, 1, [() => undefined, Number.POSITIVE_INFINITY]),
      },
    });
    for (; now <= 12_000 && client.state !== 'open'; now += 500) {
      for (const [index, [callback, at]] of timers.entries()) {
        if (at > now) continue;
        timers[index] = [() => undefined, Number.POSITIVE_INFINITY];
        callback();
      }
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    expect(client.state).toBe('open');
  });

  it('refuses more waiting messages than a thousand', async () => {
    const server = new FakeServer();
    server.answers['join'] = () => never;
    const client = open(server);
    const messages = Array.from({ length: 1025 }, () =>
      client.publish('/a', 1).catch((error: ClientError) => error.code),
    );
    expect(await messages.at(-1)).toBe('busy');
    await client.close();
    expect(await messages[0]).toBe('closed');
  });

  it('refuses everything once it is closed', async () => {
    const client = open(new FakeServer());
    await client.close();
    const subscription = client.subscribe('/a');
    expect(subscription.closed).toBe(true);
    await expect(subscription.ready).rejects.toMatchObject({ code: 'closed' });
    await expect(client.publish('/a', 1)).rejects.toMatchObject({ code: 'closed' });
    await client.close();
  });

  it('ends a subscription by its signal, before and after', async () => {
    const server = new FakeServer();
    const client = open(server);
    const abort = new AbortController();
    const subscription = client.subscribe('/a', { signal: abort.signal });
    await subscription.ready;
    abort.abort();
    expect(subscription.closed).toBe(true);
    expect(client.subscribe('/b', { signal: abort.signal }).closed).toBe(true);
    await until(() => server.asked.some((one) => one['type'] === 'unsubscribe'));
    expect(server.asked.some((one) => one['subject'] === '/b')).toBe(false);
  });

  it('keeps nothing of a subscription that the server refuses in the signal that would end it', async () => {
    const server = new FakeServer();
    server.answers['subscribe'] = () => '{"type":"refused","code":"not-authorized","reason":"no"}\n';
    const client = open(server);
    client.on('error', () => undefined);
    const { signal } = new AbortController();
    // They share one subscription of the server.
    const both = [client.subscribe('/a', { signal }), client.subscribe('/a', { signal })];
    expect(getEventListeners(signal, 'abort')).toHaveLength(2);
    for (const one of both) await expect(one.ready).rejects.toMatchObject({ code: 'refused' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('ends for good when the server refuses the join, and says why', async () => {
    const server = new FakeServer();
    server.answers['join'] = () => '{"type":"refused","code":"not-authorized","reason":"not you"}\n';
    const client = open(server);
    const errors: ClientError[] = [];
    client.on('error', (error) => errors.push(error));
    await expect(client.subscribe('/a').ready).rejects.toMatchObject({
      code: 'refused',
      serverCode: 'not-authorized',
    });
    expect(client.state).toBe('closed');
    expect(errors[0]?.message).toBe('[refused] not you');
  });

  it('tells of a refused subscription also where nobody waits for it', async () => {
    const server = new FakeServer();
    server.answers['subscribe'] = () => '{"type":"refused","code":"not-authorized","reason":"no"}\n';
    const errors: ClientError[] = [];
    const client = open(server);
    client.on('error', (error) => errors.push(error));
    client.subscribe('/a');
    await until(() => errors.length === 1);
    expect(errors[0]).toMatchObject({ code: 'refused', serverCode: 'not-authorized' });
    expect(client.state).toBe('open');
  });

  it('wants no cursor that is none: to go on from nowhere would lose events silently', () => {
    expect(() => createClient('/push', { resumeFrom: 'yesterday' })).toThrow(TypeError);
  });

  it('takes a transport that cannot be opened for one that does not exist here', async () => {
    const server = new FakeServer();
    const broken = {
      name: 'event-source' as const,
      open: () => {
        throw new SyntaxError('no such address');
      },
    };
    const client = open(server, { transports: [broken, 'stream'] });
    const errors: string[] = [];
    const note = (error: ClientError): void => {
      errors.push(error.code);
    };
    client.on('error', note);
    await until(() => client.state === 'open');
    client.off('error', note);
    expect([client.transport, errors]).toEqual(['stream', ['unsupported']]);
  });

  it('does not take what is no transport of its own for a stream', async () => {
    const server = new FakeServer();
    const client = open(server);
    await until(() => client.state === 'open');
    const errors: string[] = [];
    client.on('error', (error) => errors.push(error.reason));
    client.use('iframe');
    await until(() => errors.length === 1 && client.state === 'open');
    expect([client.transport, errors]).toEqual(['stream', ['iframe']]);
  });

  it('listens for signs that the page was away', async () => {
    const target = new EventTarget();
    vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
    const server = new FakeServer();
    const client = open(server);
    await until(() => client.state === 'open' && server.asked.some((one) => one['type'] === 'heartbeat'));
    const probes = () => server.asked.filter((one) => one['probe'] !== undefined).length;
    for (const type of ['online', 'pageshow', 'visibilitychange']) {
      const before = probes();
      target.dispatchEvent(new Event(type));
      await until(() => probes() > before);
    }
    await client.close();
    const before = probes();
    target.dispatchEvent(new Event('online'));
    expect(probes()).toBe(before);
  });

  it('tells what the server says beside events, word for word', async () => {
    const server = new FakeServer();
    const client = open(server);
    const said: string[] = [];
    client.on('wire', ({ event: kind }) => said.push(kind));
    await client.publish('/a', 1);
    expect(said).toEqual(expect.arrayContaining(['join-ack', 'listen-ack', 'publish-ack']));
  });
});
