import { createServer, type IncomingMessage } from 'node:http';
import { createHub, createNodeHandler, createPushServer, type PushServerOptions } from '@cometkit/node';
import { eachAdapter, openStream, type SendOptions, send } from '@cometkit/testkit';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRaw } from '../support/raw-socket.ts';
import { RawClient } from '../websocket/raw-client.ts';
import { disposablePushServer, echo, type PushServerStage } from './push-server-stage.ts';

type Use = NonNullable<PushServerOptions['use']>;
type SignedIn = IncomingMessage & { user?: string };

const users = new Map([['sid=1', 'ann']]);
const ann = { cookie: 'sid=1' };
const rolled = 'sid=1; Max-Age=60';

/** As sessions of Express do it: later, with a cookie that is added to the others when the head is written. */
const sessions: Use[number] = (request, response, next) => {
  const { writeHead } = response;
  response.writeHead = (status: number, given?: unknown) => {
    for (const [name, value] of Object.entries(given ?? {})) response.setHeader(name, value);
    response.setHeader('set-cookie', [response.getHeader('set-cookie') ?? [], rolled].flat().map(String));
    return Reflect.apply(writeHead, response, [status]);
  };
  setImmediate(() => {
    Object.assign(request, { user: users.get(request.headers.cookie ?? '') });
    next();
  });
};

async function serve(use: Use, stage: PushServerStage = {}) {
  const hub = createHub();
  const errors: unknown[] = [];
  const seen: unknown[] = [];
  const push = createNodeHandler(hub, {
    path: '/push',
    onError: (error) => errors.push(error),
    authorize: {
      join: ({ request }) => {
        seen.push(request.address);
        return (request.native as SignedIn).user ?? { refuse: 'please sign in' };
      },
      publish: ({ request }) => (request.native as SignedIn).user === 'ann',
    },
  });
  const front = await disposablePushServer(push, { listener: echo, use, ...stage });
  onTestFinished(async () => {
    await push.close();
    await front.close();
  });
  const principals = () => [...hub.sessions()].map(({ principal }) => principal);
  return { ...front, hub, push, errors, seen, principals };
}

describe('a push server with middleware', () => {
  eachAdapter(
    (hub, options) =>
      disposablePushServer(createNodeHandler(hub, { ...options, path: '/push' }), { use: [sessions] }),
    it,
  );

  it.each([
    ['SSE', 'type=join-listen&subject=/a&format=sse'],
    ['a fetch stream', 'type=join-listen&subject=/a&format=ndjson'],
  ])('runs it before the hooks of %s, whose head carries its cookie', async (_name, query) => {
    const { url, hub, principals } = await serve([sessions]);
    const stream = await openStream(`${url}?${query}`, { headers: ann });
    hub.publish('/a', 'hello');
    await stream.until('hello');
    expect([stream.status, stream.headers['set-cookie']?.includes(rolled)]).toEqual([200, true]);
    expect(principals()).toEqual(['ann']);
    stream.close();
    expect((await send(`${url}?${query}`)).status).toBe(403);
  });

  it('runs it before those of a long poll and of what is published', async () => {
    const { url, hub } = await serve([sessions]);
    const post = (command: object, headers: Record<string, string> = ann) =>
      send(url, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ format: 'ndjson', ...command }),
      });
    const joined = await post({ type: 'join' });
    expect(joined.headers['set-cookie']).toContain(rolled);
    const { session, key } = JSON.parse(joined.body.split('\n')[0] ?? '');
    await post({ type: 'subscribe', session, key, subject: '/a' });
    await post({ type: 'listen', session, key, mode: 'long-poll' });
    const poll = post({ type: 'refresh', session, key });
    expect((await post({ type: 'publish', session, key, subject: '/a', data: 'hello' })).status).toBe(200);
    const polled = await poll;
    expect(polled.body).toContain('hello');
    expect(polled.headers['set-cookie']).toContain(rolled);
    expect((await post({ type: 'join' }, {})).status).toBe(403);
    expect(hub.stats().sessions).toBe(1);
  });

  it.each<[string, Use[number], number, number]>([
    ['answers by itself', (_q, response) => response.writeHead(401).end('who?'), 401, 0],
    [
      'shows the way to the login',
      (_q, response) => response.writeHead(302, { location: '/login' }).end(),
      302,
      0,
    ],
    ['fails with a status', (_q, _s, next) => next(Object.assign(new Error(), { status: 401 })), 401, 0],
    ['fails without one', (_q, _s, next) => next(new Error('broken')), 500, 1],
    [
      'throws',
      () => {
        throw new Error('broken');
      },
      500,
      1,
    ],
  ])('that %s refuses the request, and no hook is asked', async (_what, middleware, status, reported) => {
    const { url, seen, errors } = await serve([middleware]);
    for (const options of [{}, { body: 'type=join&format=ndjson' }] satisfies SendOptions[]) {
      const { status: answered } = await send(`${url}?type=join&format=ndjson`, options);
      expect(answered).toBe(status);
    }
    expect([seen, errors.length]).toEqual([[], 2 * reported]);
  });

  it('runs it for what a push server leaves to the server behind, and for no other path', async () => {
    const calls: (string | undefined)[] = [];
    const note: Use[number] = (request, _response, next) => {
      calls.push(request.url);
      next();
    };
    const { port, url } = await serve([note, sessions]);
    const old = 'GET /push?type=join&format=ndjson HTTP/1.0\r\nCookie: sid=1\r\n\r\n';
    const raw = await connectRaw(port);
    raw.write(old);
    expect(await raw.end()).toContain('join-ack');
    expect((await send(url.replace('/push', '/other'))).body).toContain('app GET /other');
    expect(calls).toEqual(['/push?type=join&format=ndjson']);
  });

  it('serves WebSocket beside it', async () => {
    const { port, server, push, principals } = await serve([sessions]);
    const sockets = attachWebSocket(server, push, { use: [sessions] });
    const client = await RawClient.open(port, '/push', ann);
    await client.says('join');
    expect(principals()).toEqual(['ann']);
    client.socket.destroy();
    await sockets.close();
  });

  it('asks the rules for who the client is', async () => {
    const { url, seen } = await serve([sessions], {
      address: ({ header, native }) => `${header('X-Client')} by ${native.remoteAddress}`,
    });
    await send(`${url}?type=join&format=ndjson`, { headers: { 'x-client': '192.0.2.7' } });
    expect(seen).toEqual(['192.0.2.7 by 127.0.0.1']);
  });

  it('takes the path from the server behind until it has closed', async () => {
    const push = createNodeHandler(createHub(), { path: '/push' });
    const front = await disposablePushServer(push, { use: [sessions] });
    expect(() => push.attach(front.server)).toThrow('attached to this server already');
    await push.close();
    await front.close();
    const { emit } = front.server;
    expect(Object.hasOwn(front.server, 'emit')).toBe(false);
    expect(typeof emit).toBe('function');
  });

  it('leaves the server behind as it was when its own certificate is none', () => {
    const push = createNodeHandler(createHub(), { path: '/push' });
    onTestFinished(() => push.close());
    const behind = createServer();
    const options = { path: '/push', use: [sessions], tls: { cert: 'none', key: 'none' } };
    expect(() => createPushServer(behind, push, options)).toThrow();
    expect(Object.hasOwn(behind, 'emit')).toBe(false);
  });
});

it('without middleware gives no whole request to the server behind', async () => {
  const { url, handedOver } = await serve([]);
  expect((await send(`${url}?type=join&format=ndjson`, { headers: ann })).status).toBe(403);
  expect(handedOver()).toBe(0);
});
