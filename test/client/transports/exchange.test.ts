import { describe, expect, it } from 'vitest';
import type { WireEvent } from '../../../packages/client/src/machine/wire.ts';
import { exchange } from '../../../packages/client/src/transports/exchange.ts';
import type { Endpoint } from '../../../packages/client/src/transports/transport.ts';

const encoder = new TextEncoder();

interface Asked {
  readonly url: string;
  readonly init: RequestInit;
}

/** An endpoint that gives one response, and a record of what was asked. */
function endpoint(respond: () => Response | Promise<Response>): { endpoint: Endpoint; asked: Asked[] } {
  const asked: Asked[] = [];
  const runtime = {
    fetch: async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      return respond();
    },
  } as Endpoint['runtime'];
  const made: Endpoint = {
    url: '/push',
    runtime,
    credentials: 'same-origin',
    maxEventChars: 1_048_576,
    headers: () => ({ 'x-mine': '1' }),
    plain: false,
  };
  return { endpoint: made, asked };
}

function body(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks)
        controller.enqueue(typeof chunk === 'string' ? encoder.encode(chunk) : chunk);
      controller.close();
    },
  });
}

/** A body that gives the same chunk for ever, and notes when it is given up. */
function endless(chunk: string): {
  stream: ReadableStream<Uint8Array>;
  given: () => number;
  over: () => boolean;
} {
  let given = 0;
  let over = false;
  const bytes = encoder.encode(chunk);
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      given += bytes.length;
      controller.enqueue(bytes);
    },
    cancel() {
      over = true;
    },
  });
  return { stream, given: () => given, over: () => over };
}

async function run(
  respond: () => Response | Promise<Response>,
  fields = {},
): Promise<[unknown, WireEvent[]]> {
  const events: WireEvent[] = [];
  const signal = new AbortController().signal;
  const failure = await exchange(endpoint(respond).endpoint, fields, signal, (some) => events.push(...some));
  return [failure, events];
}

const line = '{"type":"data","subject":"/é","data":1}\n';

describe('an exchange', () => {
  it('posts the fields as JSON, with the headers of the application, and follows no redirect', async () => {
    const { endpoint: made, asked } = endpoint(() => new Response(body()));
    await exchange(
      made,
      { type: 'heartbeat', ack: undefined },
      new AbortController().signal,
      () => undefined,
    );
    const [{ url, init } = { url: '', init: {} }] = asked;
    expect([url, init.method, init.redirect, init.cache]).toEqual(['/push', 'POST', 'manual', 'no-store']);
    expect(init.headers).toEqual({ 'x-mine': '1', 'content-type': 'application/json' });
    expect(JSON.parse(String(init.body))).toEqual({ format: 'ndjson', type: 'heartbeat' });
  });

  it('brings the events of an answer, whatever the chunks', async () => {
    const bytes = encoder.encode(line + line);
    for (let size = 1; size < bytes.length; size += 7) {
      const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.slice(at * size, (at + 1) * size),
      );
      const [failure, events] = await run(() => new Response(body(...chunks)));
      expect([failure, events.map((event) => event.fields.get('subject'))]).toEqual([
        undefined,
        ['/é', '/é'],
      ]);
    }
  });

  it('passes over empty lines', async () => {
    const [failure, events] = await run(() => new Response(body('\n\n', line, '\n')));
    expect([failure, events.length]).toEqual([undefined, 1]);
  });

  it('takes an answer that ends in the middle of a line for cut off', async () => {
    const [failure, events] = await run(() => new Response(body(line, line.slice(0, 9))));
    expect([failure, events.length]).toEqual([{ code: 'cut' }, 1]);
  });

  it.each(['<!doctype html><title>Sign in</title>', '\ufeff<html>', ' Unauthorized'])(
    'takes an answer that is none of ours, in one line, for what it is: %j',
    async (text) => {
      const [failure, events] = await run(() => new Response(body(text)));
      expect([failure, events]).toEqual([{ code: 'malformed' }, []]);
    },
  );

  it.each(['<html>', '[]', 'null', '{"type":7}', '{}'])(
    'says malformed to %s, and brings what stood before',
    async (text) => {
      const [failure, events] = await run(() => new Response(body(`${line}${text}\n${line}`)));
      expect(failure).toMatchObject({ code: 'malformed' });
      expect(events).toHaveLength(1);
    },
  );

  it('gives up a line that does not end, within a bound', async () => {
    const hostile = endless('x'.repeat(65_536));
    const [failure] = await run(() => new Response(hostile.stream), { mode: 'stream' });
    expect(failure).toMatchObject({ code: 'too-large' });
    expect(hostile.given()).toBeLessThan(2 * 1_048_576);
    expect(hostile.over()).toBe(true);
  });

  it('gives up an answer that should end and does not, within a bound', { timeout: 30_000 }, async () => {
    const hostile = endless(`${'\n'.repeat(65_535)}\n`);
    const [failure] = await run(() => new Response(hostile.stream), { type: 'refresh', mode: 'long-poll' });
    expect(failure).toMatchObject({ code: 'too-large' });
    expect(hostile.given()).toBeLessThan(17 * 1_048_576);
    expect(hostile.over()).toBe(true);
  });

  it.each([
    [400, 'server'],
    [401, 'server'],
    [403, 'server'],
    [405, 'server'],
    [407, 'server'],
    [410, 'server'],
    [451, 'server'],
    [404, 'server'],
    [408, 'server'],
    [429, 'server'],
    [500, 'server'],
    [502, 'server'],
  ])('takes status %i for %s, and does not read its page', async (status, code) => {
    const page = endless('<html>');
    const [failure] = await run(() => new Response(page.stream, { status }));
    expect(failure).toMatchObject({ code, status });
    expect([page.over(), page.given() < 1000]).toEqual([true, true]);
  });

  it.each([
    [403, 'not-authorized', 'refused'],
    [413, 'body-too-large', 'refused'],
    [410, 'unknown-session', 'unknown-session'],
    [503, 'too-busy', 'server'],
  ])('believes status %i with our own code %s', async (status, code, expected) => {
    const text = JSON.stringify({ type: 'about:blank', status, code, detail: 'a reason' });
    const headers = { 'content-type': 'application/problem+json' };
    const [failure] = await run(() => new Response(text, { status, headers }));
    expect(failure).toMatchObject({ code: expected, reason: 'a reason', serverCode: code, status });
  });

  it('says where a redirect leads, without its query', async () => {
    const headers = { location: 'https://login.example/start?token=1' };
    const [failure] = await run(() => new Response('', { status: 308, headers }));
    expect(failure).toMatchObject({ code: 'redirected', status: 308 });
    expect((failure as { reason: string }).reason).toContain('redirect to https://login.example/start,');
  });

  it('reads answers that end where there is no body stream', async () => {
    const bare = { ok: true, status: 200, headers: new Headers(), text: async () => line + line } as Response;
    const [failure, events] = await run(() => bare);
    expect([failure, events.length]).toEqual([undefined, 2]);
    expect((await run(() => bare, { mode: 'stream' }))[0]).toMatchObject({ code: 'unsupported' });
  });

  it.each([{ 'x-name': '\u{1f600}' }, { 'x-name': 1 }, { 'x name': 'a' }, { 'x-name': 'a\r\nb' }])(
    'says that headers cannot be sent: %j',
    async (given) => {
      const { endpoint: made } = endpoint(() => new Response(body()));
      const headers = () => given as unknown as Record<string, string>;
      const failure = await exchange({ ...made, headers }, {}, new AbortController().signal, () => undefined);
      expect(failure).toMatchObject({ code: 'invalid' });
    },
  );

  it.each([
    ['7', 7000],
    ['soon', 0],
  ])('reads Retry-After: %s as %i ms', async (value, retryMs) => {
    const [failure] = await run(() => new Response('', { status: 503, headers: { 'retry-after': value } }));
    expect(failure).toMatchObject({ code: 'server', retryMs });
  });

  it('is unsupported where answers cannot be read as they come', async () => {
    const [failure] = await run(
      () => ({ ok: true, status: 200, body: null, headers: new Headers() }) as Response,
    );
    expect(failure).toMatchObject({ code: 'unsupported' });
  });

  it('is unreachable when there is no answer, when it breaks off, and when the headers cannot be had', async () => {
    const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError('reset')) });
    expect((await run(() => Promise.reject(new TypeError('refused'))))[0]).toMatchObject({
      code: 'unreachable',
    });
    expect((await run(() => new Response(broken)))[0]).toMatchObject({ code: 'unreachable' });
    const { endpoint: made } = endpoint(() => new Response(body()));
    const headers = () => Promise.reject(new Error('no token'));
    const signal = new AbortController().signal;
    expect(await exchange({ ...made, headers }, {}, signal, () => undefined)).toMatchObject({
      code: 'invalid',
    });
  });
});
