import type { IncomingMessage } from 'node:http';
import type { WebSocketOptions } from '@cometkit/websocket';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { type Served, serve } from './kit.ts';
import { handshakeHeaders, RawClient } from './raw-client.ts';

type Use = NonNullable<WebSocketOptions['use']>;

const users = new Map([['sid=1', 'ann']]);

/** As a session of Express does it: it reads a cookie, later, and puts the user on the request. */
const signIn: Use[number] = (request, _response, next) =>
  void setImmediate(() => {
    Object.assign(request, { user: users.get(request.headers.cookie ?? '') });
    next();
  });

const served = (use: Use, more: WebSocketOptions = {}): Promise<Served> =>
  serve({
    socket: { use, ...more },
    handler: {
      authorize: {
        join: ({ request }) => (request.native as IncomingMessage & { user?: string }).user ?? false,
      },
    },
  });

async function refusal({ port }: Served, headers: Record<string, string> = {}): Promise<number> {
  const client = await RawClient.ask(port, '/push', { ...handshakeHeaders(), ...headers });
  await client.end();
  return client.status;
}

describe('middleware of a WebSocket', () => {
  it('runs before the join hook, which sees what it has put on the request', async () => {
    const { hub, open } = await served([signIn]);
    const ann = await open({ Cookie: 'sid=1' });
    await ann.says('join');
    const stranger = await open();
    await stranger.says('join');
    expect([...hub.sessions()].map(({ principal }) => principal)).toEqual(['ann']);
  });

  it.each<[string, Use[number], number, number]>([
    [
      'fails with a status',
      (_q, _s, next) => next(Object.assign(new Error('who?'), { status: 401 })),
      401,
      0,
    ],
    ['fails with half a status', (_q, _s, next) => next({ status: 450.5 }), 500, 1],
    [
      'fails with a status that throws',
      (_q, _s, next) =>
        next({
          get status() {
            throw new Error('worse');
          },
        }),
      500,
      1,
    ],
    ['fails without one', (_q, _s, next) => next(new Error('broken')), 500, 1],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      500,
      1,
    ],
    ['rejects', () => Promise.reject(new Error('broken')), 500, 1],
    [
      'shows the way to the login',
      (_q, response) => response.writeHead(302, { location: '/login' }).end(),
      403,
      0,
    ],
    ['answers by itself', (_q, response) => response.writeHead(429).end('slow down'), 429, 0],
    ['does not go on', () => undefined, 503, 1],
  ])('that %s refuses the socket, and the server lives', async (_what, middleware, status, reported) => {
    const all = await served([middleware], { handshakeMs: 100 });
    expect([await refusal(all), all.sockets.size]).toEqual([status, 0]);
    expect(all.errors).toHaveLength(reported);
  });

  it('that mends an error lets the socket through', async () => {
    const failing: Use[number] = (_request, _response, next) => next(new Error('broken'));
    const mending = ((_error: unknown, request: object, _response: unknown, next: () => void) => {
      Object.assign(request, { user: 'guest' });
      next();
    }) as unknown as Use[number];
    const { hub, open } = await served([failing, mending]);
    const guest = await open();
    await guest.says('join');
    expect([...hub.sessions()].map(({ principal }) => principal)).toEqual(['guest']);
  });

  it('counts as a socket while it runs, for as long as a handshake may take', async () => {
    const waiting: (() => void)[] = [];
    const slow: Use[number] = (_request, _response, next) => void waiting.push(next);
    const all = await served([slow], { maxConnections: 1, handshakeMs: 300 });
    const first = await RawClient.start(all.port, '/push', handshakeHeaders());
    await eventually('it waits', () => waiting.length === 1);
    expect(await refusal(all)).toBe(503);
    await first.end();
    expect(first.status).toBe(503);
    // Too late.
    waiting[0]?.();
    const second = await RawClient.start(all.port, '/push', handshakeHeaders());
    await eventually('it is asked', () => waiting.length === 2);
    waiting[1]?.();
    await eventually('it is let in', () => second.status === 101);
    second.socket.destroy();
    expect(all.errors.map(String)).toEqual(['Error: a middleware did not go on']);
  });

  it('counts for its address, too, while it runs', async () => {
    const waiting: (() => void)[] = [];
    const slow: Use[number] = (_request, _response, next) => void waiting.push(next);
    const all = await served([slow], { address: () => '203.0.113.7', maxConnectionsPerAddress: 1 });
    const first = await RawClient.start(all.port, '/push', handshakeHeaders());
    await eventually('it waits', () => waiting.length === 1);
    expect(await refusal(all)).toBe(503);
    waiting[0]?.();
    await eventually('it is let in', () => first.status === 101);
    expect([waiting.length, await refusal(all)]).toEqual([1, 503]);
    first.socket.destroy();
  });

  it('does not run for an origin that may not call', async () => {
    let runs = 0;
    const counting: Use[number] = (_request, _response, next) => {
      runs += 1;
      next();
    };
    const all = await served([counting]);
    expect(await refusal(all, { Origin: 'https://evil.example' })).toBe(403);
    expect(runs).toBe(0);
  });
});
