import { createClient } from '@cometkit/client';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

beforeEach(async () => {
  server = await RealServer.start();
});

afterEach(async () => {
  vi.restoreAllMocks();
  await server.close();
});

describe('a mistake in a call', () => {
  const circular: Record<string, unknown> = {};
  circular['self'] = { deep: circular };
  it.each([
    ['a circle', circular],
    ['a BigInt deep inside', { a: [{ b: 1n }] }],
    [
      'a toJSON that throws',
      {
        toJSON() {
          throw new Error('mine');
        },
      },
    ],
    ['nothing', undefined],
    ['a function', () => 1],
    ['a function deep inside', { a: [() => 1] }],
    ['binary data', { a: new Uint8Array([1]) }],
    ['a Map', new Map([[1, 2]])],
  ])('rejects the one publish of %s at once, and everything else goes on', async (_, data) => {
    const client = server.client();
    await expect(client.publish('/a', data as never)).rejects.toMatchObject({ code: 'invalid' });
    await expect(client.publish(undefined as never, 1)).rejects.toMatchObject({ code: 'invalid' });
    await client.publish('/a', 'fine');
    await client.subscribe('/b').ready;
  });

  it('is thrown by a subscribe of no pattern, and nothing else changes', async () => {
    const client = server.client();
    const got: unknown[] = [];
    const good = client.subscribe('/ok');
    good.on(({ data }) => got.push(data));
    await good.ready;
    expect(() => client.subscribe(undefined as never)).toThrow(/pattern must be a string/);
    server.hub.publish('/ok', 1);
    await until(() => got.length === 1);
    await client.close();
    expect(client.state).toBe('closed');
  });

  it('is told once where nothing of ours is at the address, and tried again for when that was a moment', async () => {
    const client = createClient(server.url.replace(/\/push$/, '/pusch'));
    const errors: unknown[] = [];
    let tries = 0;
    client.on('error', ({ code, status }) => errors.push([code, status]));
    client.on('reconnecting', () => {
      tries += 1;
    });
    await until(() => tries >= 3);
    expect([errors, client.state]).toEqual([[['server', 404]], 'connecting']);
    await client.close();
  });

  it('publishes what the data was at the call', async () => {
    const client = server.client();
    const got: unknown[] = [];
    const all = client.subscribe('/a');
    all.on(({ data }) => got.push(data));
    await all.ready;
    const data = { n: 1 };
    const published = client.publish('/a', data);
    data.n = 2;
    await published;
    await until(() => got.length === 1);
    expect(got).toEqual([{ n: 1 }]);
  });
});

describe('a message with a signal', () => {
  it('is given up when the signal is aborted, and what follows is sent', async () => {
    const client = server.client();
    const stop = new AbortController();
    server.intercept = () => true; // answers nothing
    const first = client.publish('/a', 1, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
    await expect(client.publish('/a', 1, { signal: AbortSignal.abort() })).rejects.toThrow(/abort/i);
    server.intercept = () => false;
    server.cut();
    await client.publish('/a', 2);
  });
});

describe('close() in a handler', () => {
  it('ends everything right at once, and an opening brings what was not handed over', async () => {
    const client = server.client();
    const got: unknown[] = [];
    const events: unknown[] = [];
    const said: unknown[] = [];
    const [one, two] = [client.subscribe('/a'), client.subscribe('/**')];
    one.on(({ data }) => {
      got.push(data);
      if (got.length > 1) return;
      void client.close();
      said.push(client.state, one.closed, two.closed);
    });
    const other: unknown[] = [];
    two.on(({ data }) => other.push(data));
    client.on('event', ({ data }) => events.push(data));
    await Promise.all([one.ready, two.ready]);
    for (let n = 0; n < 100; n += 1) server.hub.publish('/a', n);
    await until(() => got.length > 0);
    await client.close();
    expect([said, got, other, events]).toEqual([['closed', true, true], [0], [], [0]]);
    client.open();
    await until(() => got.length === 100 && other.length === 100);
    const all = Array.from({ length: 100 }, (_, n) => n);
    expect([got, other, events]).toEqual([all, all, all]);
  });

  it('keeps the cursor at the event that is being handed over', async () => {
    const client = server.client();
    const cursors: boolean[] = [];
    const all = client.subscribe('/a');
    all.on((event) => cursors.push(event.cursor === client.cursor));
    await all.ready;
    for (let n = 0; n < 20; n += 1) server.hub.publish('/a', n);
    await until(() => cursors.length === 20);
    expect(cursors.every(Boolean)).toBe(true);
  });

  it('hands nothing more to the other listeners of a subscription that was ended', async () => {
    const client = server.client();
    const got: unknown[] = [];
    const all = client.subscribe('/a');
    all.on(() => all.unsubscribe());
    all.on(({ data }) => got.push(data));
    await all.ready;
    server.hub.publish('/a', 1);
    await client.publish('/b', 1);
    expect(got).toEqual([]);
  });
});

describe('an error', () => {
  it('reaches the console of Node when nobody listens, and ends nothing', async () => {
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = server.client();
    const cause = new Error('bug in the app');
    const seen: unknown[] = [];
    const all = client.subscribe('/a');
    all.on(() => {
      throw cause;
    });
    client.on('event', () => {
      throw cause;
    });
    client.on('event', ({ data }) => seen.push(data));
    await all.ready;
    server.hub.publish('/a', 1);
    await until(() => seen.length === 1 && told.mock.calls.length === 2);
    expect(told.mock.calls.map(([error]) => [error.code, error.cause])).toEqual(
      Array(2).fill(['listener', cause]),
    );
  });

  it('of a subscription whose outcome somebody waits for is told there alone', async () => {
    await server.restart({ authorize: { subscribe: () => false } });
    const told = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const client = server.client();
    await expect(client.subscribe('/a').ready).rejects.toMatchObject({ code: 'refused' });
    expect(told).not.toHaveBeenCalled();
    client.subscribe('/b');
    await until(() => told.mock.calls.length === 1);
  });

  it('comes once for one refused join, however much waited for it', async () => {
    await server.restart({ authorize: { join: () => ({ refuse: 'please log in' }) } });
    const client = createClient(server.url);
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    const waits = [client.subscribe('/a').ready, client.subscribe('/b').ready, client.publish('/a', 1)];
    await Promise.allSettled(waits);
    await until(() => client.state === 'closed');
    expect(errors).toEqual(['[refused] please log in']);
  });
});

describe('an address that no request can be sent to', () => {
  it.each([
    '/push',
    'htp://x/push',
    'http://127.0.0.1:99999/push',
    'http://ann:pw@127.0.0.1/push',
    '',
    'ws://x/',
  ])('is refused when the client is made: %s', (url) => {
    expect(() => createClient(url)).toThrow(TypeError);
  });

  it('is refused like a header that cannot be sent', () => {
    expect(() => createClient(server.url, { headers: { 'x-name': '\u{1f600}' } })).toThrow(/x-name/);
  });
});

describe('a page of something in between', () => {
  it.each([401, 403, 404, 405, 407, 451])('with status %i ends nothing', async (status) => {
    server.intercept = (_, response) => {
      response.writeHead(status, { 'content-type': 'text/html' }).end('<html>portal</html>');
      return true;
    };
    const client = server.client();
    const ready = client.subscribe('/a').ready;
    await new Promise((told) => client.on('reconnecting', told as () => void));
    server.intercept = () => false;
    await ready;
    expect(client.state).not.toBe('closed');
  });

  it('that redirects is told once, with where it leads', async () => {
    server.intercept = (_, response) => {
      response.writeHead(308, { location: '/push/' }).end();
      return true;
    };
    const client = server.client();
    const errors: string[] = [];
    client.on('error', ({ message }) => errors.push(message));
    let tries = 0;
    client.on('reconnecting', () => {
      tries += 1;
    });
    await until(() => tries === 2);
    expect(errors).toEqual([expect.stringMatching(/^\[redirected\] .* to http:.*\/push\//)]);
  });
});

describe('the signal of a subscription', () => {
  it('keeps nothing of one that has ended', async () => {
    const client = server.client();
    const abort = new AbortController();
    const { signal } = abort;
    const listeners = new Set<unknown>();
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (type: string, run: EventListener) => {
      listeners.add(run);
      addEventListener.call(signal, type, run);
    };
    signal.removeEventListener = (type: string, run: EventListener) => {
      listeners.delete(run);
      removeEventListener.call(signal, type, run);
    };
    const [first, second] = [client.subscribe('/a', { signal }), client.subscribe('/b', { signal })];
    first.unsubscribe();
    expect(listeners.size).toBe(1);
    abort.abort();
    expect([second.closed, listeners.size]).toEqual([true, 0]);
  });
});
