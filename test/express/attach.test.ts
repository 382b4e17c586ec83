import http from 'node:http';
import { type Comet, type CometOptions, comet, createHub } from '@cometkit/express';
import { eachAdapter, join, openStream, send } from '@cometkit/testkit';
import { attachWebSocket } from '@cometkit/websocket';
import express, { type Express } from 'express';
import express4 from 'express4';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';
import { connectRaw } from '../support/raw-socket.ts';

const frameworks: [string, typeof express][] = [
  ['Express 5', express],
  ['Express 4', express4],
];
const joining = 'p_event=join&p_format=xml';
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

function pushOf(options: CometOptions = {}): Comet {
  const push = comet(options);
  closers.push(() => push.close());
  return push;
}

async function listening(server: http.Server): Promise<DisposableServer> {
  const started = await disposableServer(server, '');
  closers.push(() => started.close());
  return started;
}

/** An app that answers everything itself, with the path that it was asked for. */
function appOf(framework = express): Express {
  const app = framework();
  app.use((request, response) => void response.send(`the app at ${request.originalUrl}`));
  return app;
}

describe.each(frameworks)('attached in front of %s', (_name, framework) => {
  eachAdapter((hub, options) => {
    const server = http.createServer(appOf(framework));
    comet({ hub, ...options }).attach(server);
    return disposableServer(server);
  }, it);

  it('takes its path and nothing else', async () => {
    const server = http.createServer(appOf(framework));
    pushOf().attach(server);
    const { url } = await listening(server);
    for (const path of ['/push', '/push/'])
      expect((await send(`${url}${path}?${joining}`)).body).toContain('join-ack');
    for (const path of ['/pushy', '/push/below', '/', '/a/push', '/%70ush', '//push'])
      expect((await send(`${url}${path}`)).body).toBe(`the app at ${path}`);
  });

  it('believes the proxies that the app believes', async () => {
    const seen: unknown[] = [];
    const push = pushOf({
      authorize: { join: ({ request: { address, secure, host } }) => seen.push([address, secure, host]) > 0 },
    });
    const app = framework();
    const server = http.createServer(app);
    push.attach(server);
    app.use('/mounted', push);
    const { url, port } = await listening(server);
    const headers = {
      'x-forwarded-for': '198.51.100.1, 203.0.113.5',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'intranet.example:8080',
    };
    for (const trusted of [false, true, 1, 'loopback', () => false]) {
      app.set('trust proxy', trusted);
      for (const path of ['push', 'mounted']) await send(`${url}/${path}?${joining}`, { headers });
      const [attached, mounted] = seen.splice(0);
      expect(attached, String(trusted)).toEqual(mounted);
      const nearest = trusted === true ? '198.51.100.1' : '203.0.113.5';
      expect(attached).toEqual(
        trusted === false || typeof trusted === 'function'
          ? ['127.0.0.1', false, `127.0.0.1:${port}`]
          : [nearest, true, 'intranet.example:8080'],
      );
    }
  });
});

describe('attach', () => {
  it('works whenever the app is added, and beside others who take requests of the server', async () => {
    const server = http.createServer();
    pushOf().attach(server);
    server.on('request', appOf());
    // As engine.io does it.
    const others = server.listeners('request');
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      if (request.url?.startsWith('/engine')) response.end('another');
      else for (const other of others) Reflect.apply(other, server, [request, response]);
    });
    const { url } = await listening(server);
    expect((await send(`${url}/push?${joining}`)).body).toContain('join-ack');
    expect((await send(`${url}/engine`)).body).toBe('another');
    expect((await send(`${url}/else`)).body).toBe('the app at /else');
  });

  it('answers 404 for what nobody listens to', async () => {
    const server = http.createServer();
    pushOf().attach(server);
    const { url } = await listening(server);
    expect((await send(`${url}/else`)).status).toBe(404);
  });

  it('serves several hubs and mounts, each at its path', async () => {
    const [one, two] = [pushOf(), pushOf()];
    const app = express().use('/one', one);
    const server = http.createServer(app);
    one.attach(server, { path: '/one' });
    two.attach(server, { path: '/two/' });
    one.mount({ format: 'json' }).attach(server, { path: '/three' });
    const { url } = await listening(server);
    for (const path of ['one', 'two', 'three']) await send(`${url}/${path}?p_event=join`);
    expect([one.hub.stats().sessions, two.hub.stats().sessions]).toEqual([2, 1]);
    expect((await send(`${url}/three?p_event=join`)).headers['content-type']).toBe('application/json');
  });

  it('keeps the cookie and the links at the path that was asked for', async () => {
    const push = pushOf();
    const server = http.createServer(appOf());
    push.attach(server, { path: '/api/push' });
    const { url } = await listening(server);
    const session = await join({ hub: push.hub, url: `${url}/api/push` }, 'xml');
    const answer = await session.command({ p_event: 'listen', p_mode: 'poll' });
    expect(answer.body).toContain(`p_url="/api/push?`);
    expect(answer.headers['set-cookie']?.join()).toContain('Path=/api/push');
  });

  it('has the hooks, limits and origins of the mount', async () => {
    const push = pushOf({
      authorize: { join: () => ({ refuse: 'sign in' }) },
      origins: ['https://app.example'],
    });
    const server = http.createServer(express().use('/mounted', push));
    push.attach(server);
    const { url } = await listening(server);
    for (const origin of ['https://app.example', 'https://evil.example']) {
      const [attached, mounted] = await Promise.all(
        ['push', 'mounted'].map((path) =>
          send(`${url}/${path}?type=join&format=ndjson`, { headers: { origin } }),
        ),
      );
      expect(attached?.status).toBe(403);
      expect(attached?.body).toBe(mounted?.body);
    }
  });

  it('takes a target that is a whole URL as the mount does', async () => {
    const hosts: unknown[] = [];
    const push = pushOf({
      authorize: { join: ({ request }) => hosts.push([request.host, request.path]) > 0 },
    });
    const server = http.createServer(express().use('/mounted', push));
    push.attach(server);
    const { port } = await listening(server);
    for (const path of ['push', 'mounted']) {
      const socket = await connectRaw(port);
      socket.write(
        `GET http://app.example:8080/${path}?${joining} HTTP/1.1\r\nHost: inner\r\nConnection: close\r\n\r\n`,
      );
      await socket.until('join-ack');
      socket.reset();
    }
    expect(hosts).toEqual([
      ['app.example:8080', '/push'],
      ['app.example:8080', '/mounted'],
    ]);
  });

  it('answers who asks first whether it may send its body', async () => {
    const server = http.createServer(appOf());
    server.on('checkContinue', (_request, response) => response.writeHead(417).end());
    pushOf().attach(server);
    const { port } = await listening(server);
    const socket = await connectRaw(port);
    socket.write(
      'POST /push HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 26\r\nConnection: close\r\n\r\n',
    );
    await socket.until('100 Continue');
    socket.write('p_event=join&p_format=json');
    await socket.until('join-ack');
    socket.reset();
  });

  it('works together with WebSocket at the same path', async () => {
    const push = pushOf();
    const server = http.createServer(appOf());
    push.attach(server);
    const sockets = attachWebSocket(server, push);
    const { url, port } = await listening(server);
    const socket = new WebSocket(`ws://127.0.0.1:${port}/push`);
    const first = new Promise<string>((resolve) => {
      socket.addEventListener('open', () => socket.send('{"type":"join"}'));
      socket.addEventListener('message', ({ data }) => resolve(String(data)));
    });
    expect(await first).toContain('join-ack');
    expect((await send(`${url}/push?${joining}`)).body).toContain('join-ack');
    await sockets.close();
  });

  it('gives the path back, and leaves open what is open', async () => {
    const push = pushOf();
    const server = http.createServer(appOf());
    const listeners = server.listeners('request');
    const attachment = push.attach(server);
    const { url } = await listening(server);
    const stream = await openStream(`${url}/push?subject=/a`);
    await stream.until('"heartbeat"');
    attachment.detach();
    attachment.detach();
    expect((await send(`${url}/push?x`)).body).toBe('the app at /push?x');
    push.publish('/a', 'still there');
    await stream.until('still there');
    stream.close();
    expect(server.listeners('request')).toEqual(listeners);
    expect(Object.hasOwn(server, 'emit')).toBe(false);
  });

  it('is over with the hub, also where another has wrapped the server meanwhile', async () => {
    const push = pushOf();
    const server = http.createServer(appOf());
    push.attach(server);
    const { emit } = server;
    const events: unknown[] = [];
    server.emit = ((event: string, ...given: unknown[]) => {
      events.push(event);
      return Reflect.apply(emit, server, [event, ...given]);
    }) as never;
    const { url } = await listening(server);
    await push.close();
    expect((await send(`${url}/push?x`)).body).toBe('the app at /push?x');
    const again = pushOf();
    again.attach(server);
    expect((await send(`${url}/push?${joining}`)).body).toContain('join-ack');
    expect(events).toContain('request');
  });

  it('is refused where it makes no sense', () => {
    const push = pushOf({ hub: createHub() });
    const app = express();
    const server = http.createServer(app);
    push.attach(server);
    expect(() => push.attach(server, { path: '/push/' })).toThrow(
      'the path "/push" is attached to this server already',
    );
    for (const wrong of [app, undefined, {}, push])
      expect(() => push.attach(wrong as never)).toThrow(
        'the server is none of node:http, node:https or node:http2',
      );
    expect(() => push.attach(server, { uses: [] } as never)).toThrow(
      'unknown option `uses`; did you mean `use`?',
    );
    expect(() => push.attach(server, { use: ['session'] } as never)).toThrow('option `use[0]` is a string');
    expect(() => push.attach(server, { maxBodyBytes: 1 } as never)).toThrow('`maxBodyBytes` of the handler');
    expect(() => push.attach(server, { app: server } as never)).toThrow('option `app` is an object');
  });
});
