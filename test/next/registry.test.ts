import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type * as Next from '../../packages/next/src/index.ts';

const key = Symbol.for('@cometkit/next/hub@1');
const place = globalThis as { [key]?: unknown };

/** The package as another bundle of Next has it: the same text, another instance of every module. */
async function instance(): Promise<typeof Next> {
  vi.resetModules();
  return import('../../packages/next/src/index.ts');
}

function request(query: string): Request {
  return new Request(`http://app.example/push?${query}`);
}

async function warningsOf(run: () => unknown): Promise<(string | undefined)[]> {
  const codes: (string | undefined)[] = [];
  const add = (warning: Error & { code?: string }): void => void codes.push(warning.code);
  process.on('warning', add);
  run();
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', add);
  return codes;
}

beforeEach(() => {
  delete place[key];
});

describe('the hub of a Next process', () => {
  let next: typeof Next;
  beforeEach(async () => {
    next = await instance();
  });
  afterEach(() => next.drain());

  it('is the same for every module instance', async () => {
    const hub = next.getHub();
    const other = await instance();
    expect(other.getHub).not.toBe(next.getHub);
    expect(other.getHub()).toBe(hub);
  });

  it('is another one when the application has closed it, for route handlers too', async () => {
    const { GET } = next.createRouteHandlers();
    await GET(request('p_event=join'));
    const hub = next.getHub();
    hub.close();
    expect(next.getHub()).not.toBe(hub);
    next.publish('/n', 1);
    expect((await GET(request('p_event=join'))).status).toBe(200);
    expect(next.getHub().stats().sessions).toBe(1);
  });

  it('stays closed in a process that ends', async () => {
    const { GET } = next.createRouteHandlers();
    await GET(request('p_event=join'));
    const hub = next.getHub();
    await next.drain();
    expect(next.getHub()).toBe(hub);
    expect(await (await GET(request('p_event=join'))).text()).toContain('shutdown');
  });

  it('is one per name', () => {
    expect(next.getHub({ name: 'b' })).not.toBe(next.getHub());
    expect(next.getHub({ name: 'b' })).toBe(next.getHub({ name: 'b' }));
  });

  it('is not made by making route handlers, but by the first request', async () => {
    const { GET } = next.createRouteHandlers();
    expect(place[key]).toBeUndefined();
    await GET(request('p_event=join'));
    expect(next.getHub().stats().sessions).toBe(1);
  });

  it('is not made when reading the URL ends the run, as it does while Next builds', async () => {
    const building = {
      get url(): string {
        throw new Error('suspended');
      },
    } as Request;
    await expect(next.createRouteHandlers().GET(building)).rejects.toThrow('suspended');
    expect(place[key]).toBeUndefined();
  });

  it('hears what any instance publishes', async () => {
    const { GET } = next.createRouteHandlers();
    const answer = await GET(request('type=join-listen&subject=/a&format=ndjson'));
    const other = await instance();
    other.publish('/a', { from: 'another instance' });
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('another instance')) text += (await reader.read()).value;
    await reader.cancel();
    expect(next.getHub().stats().attached).toBe(0);
  });

  it('serves a session through the handlers of another instance', async () => {
    const joined = await next.createRouteHandlers().GET(request('type=join&format=ndjson'));
    const { session, key } = JSON.parse(await joined.text());
    const { POST } = (await instance()).createRouteHandlers();
    const body = JSON.stringify({ type: 'subscribe', session, key, subject: 'no/subject' });
    const answer = await POST(new Request('http://app.example/push', { method: 'POST', body }));
    expect([answer.status, JSON.parse(await answer.text())]).toMatchObject([
      400,
      { code: 'invalid-pattern' },
    ]);
  });

  it('keeps its limits and says so when others are asked for', async () => {
    next.getHub({ hub: { maxSessions: 1, leaseMs: 1000 } });
    expect(await warningsOf(() => next.getHub())).toEqual([]);
    expect(await warningsOf(() => next.getHub({ hub: { leaseMs: 1000, maxSessions: 1 } }))).toEqual([]);
    expect(await warningsOf(() => next.getHub({ hub: { maxSessions: 2 } }))).toEqual([
      'COMETKIT_HUB_OPTIONS',
    ]);
    expect(next.getHub().limits.maxSessions).toBe(1);
  });
});

describe('the route handlers', () => {
  it('answer every method by the one handler', async () => {
    const next = await instance();
    const { GET, POST, HEAD, OPTIONS } = next.createRouteHandlers({ authorize: { publish: true } });
    const head = await HEAD(new Request('http://app.example/push?p_event=join', { method: 'HEAD' }));
    const options = await OPTIONS(new Request('http://app.example/push', { method: 'OPTIONS' }));
    const post = await POST(new Request('http://app.example/push', { method: 'POST', body: 'p_event=join' }));
    const get = await GET(request('p_event=join'));
    expect([head.status, options.status, post.status, get.status]).toEqual([200, 204, 200, 200]);
    expect(next.getHub().stats().sessions).toBe(2);
    await next.drain();
  });

  it('give a classic client without cookies no session that others could take over', async () => {
    const next = await instance();
    const { GET } = next.createRouteHandlers();
    const joined = await (await GET(request('p_event=join&p_format=json'))).json();
    const stolen = await GET(request(`p_event=listen&p_mode=poll&p_id=${joined[0].p_id}`));
    expect(stolen.status).toBe(400);
    await next.drain();
  });

  it('know the address of a client where something vouches for it', async () => {
    const next = await instance();
    const address = (asked: Request): string | undefined => asked.headers.get('x-real-ip') ?? undefined;
    const { GET } = next.createRouteHandlers({ address });
    const from = (ip: string, query: string): Request =>
      new Request(`http://app.example/push?${query}`, { headers: { 'x-real-ip': ip } });
    const joined = await (await GET(from('10.0.0.1', 'p_event=join&p_format=json'))).json();
    const listen = `p_event=listen&p_mode=poll&p_subject=/a&p_id=${joined[0].p_id}`;
    expect((await GET(from('10.0.0.2', listen))).status).toBe(400);
    expect((await GET(from('10.0.0.1', listen))).status).toBe(200);
    await next.drain();
  });
});

describe('the cookie', () => {
  it('is for the path that clients see, where an app has a base path', async () => {
    const next = await instance();
    const { GET } = next.createRouteHandlers({ publicPath: '/app/push' });
    const answer = await GET(request('p_event=join'));
    expect(answer.headers.get('set-cookie')).toContain('Path=/app/push;');
    await next.drain();
  });
});

describe('the drain', () => {
  it('ends streams with a last word and refuses newcomers', async () => {
    const next = await instance();
    const { GET } = next.createRouteHandlers();
    const stream = await GET(request('type=join-listen&subject=/a&format=ndjson'));
    const [text] = await Promise.all([stream.text(), next.drain()]);
    expect(text).toContain('"reason":"shutdown"');
    expect((await GET(request('type=join&format=ndjson'))).status).toBe(503);
  });

  it('is registered once, for two signals', async () => {
    const before = process.listenerCount('SIGTERM');
    const [one, two] = [await instance(), await instance()];
    one.registerDrain();
    two.registerDrain();
    expect(process.listenerCount('SIGTERM')).toBe(before + 1);
    for (const signal of ['SIGTERM', 'SIGINT'])
      process.removeListener(signal, process.listeners(signal as NodeJS.Signals).at(-1)!);
  });
});
