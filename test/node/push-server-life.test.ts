import { createServer } from 'node:http';
import type { Socket } from 'node:net';
import {
  type Handler,
  type HttpRequest,
  type HttpResponse,
  type Outlet,
  type Responder,
  systemRuntime,
  Turns,
} from '@cometkit/handler';
import { createHub, createNodeHandler, createPushServer, type NodeHandler } from '@cometkit/node';
import { eventually, join, openStream, send, urlOf } from '@cometkit/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connectRaw, rawGet } from '../support/raw-socket.ts';
import {
  type DisposablePushServer,
  disposablePushServer,
  type PushServerStage,
} from './push-server-stage.ts';

const query = '/push?type=join-listen&subject=/a&format=ndjson';

async function serve(stage: PushServerStage = {}, options = {}) {
  const hub = createHub({ heartbeatMs: 60_000 });
  const push = createNodeHandler(hub, { path: '/push', ...options });
  const front = await disposablePushServer(push, stage);
  onTestFinished(async () => {
    await push.close();
    await front.close();
  });
  return { hub, push, front };
}

/** Serves what a test answers by hand. */
async function answering(respond: (request: HttpRequest) => HttpResponse | Promise<HttpResponse>) {
  const requests: HttpRequest[] = [];
  const serve = (request: HttpRequest, to: Responder) => {
    requests.push(request);
    void Promise.resolve(respond(request)).then((response) => to.answer(response));
  };
  const reported: unknown[] = [];
  const report = (error: unknown) => void reported.push(error);
  const turns = new Turns(systemRuntime());
  const hub = createHub();
  const handler = { serve, turns, report, hub, connections: () => undefined } as unknown as Handler;
  const push = Object.assign(() => undefined, { handler }) as unknown as NodeHandler;
  const front = await disposablePushServer(push);
  onTestFinished(() => front.close());
  return { front, requests, reported };
}

const answer = (
  body: string | Uint8Array,
  headers: Record<string, string | string[]> = {},
): HttpResponse => ({
  status: 200,
  headers: { 'content-type': 'text/plain', ...headers },
  body,
});

describe('the end of an exchange', () => {
  it('is told as complete when the whole answer has left, to each listener once', async () => {
    const told: unknown[] = [];
    const { front, requests } = await answering((request) => {
      request.watch({ closed: (complete) => void told.push('first', complete) });
      request.watch({ closed: (complete) => void told.push('second', complete) });
      return answer('x');
    });
    await send(front.url);
    await eventually('it is told', () => told.length === 4);
    requests[0]?.watch({ closed: (complete) => void told.push('late', complete) });
    expect(told).toEqual(['first', true, 'second', true, 'late', true]);
  });

  it('is told as not complete while the reader has not taken all of it', async () => {
    const told: boolean[] = [];
    const { front } = await answering((request) => {
      request.watch({ closed: (complete) => void told.push(complete) });
      return answer('x'.repeat(20_000_000));
    });
    const socket = await connectRaw(front.port);
    socket.socket.pause();
    socket.write(rawGet('/push'));
    await eventually('it is being written', () => socket.socket.readableLength > 0);
    expect(told).toEqual([]);
    socket.reset();
    await eventually('it is told', () => told.length > 0);
    expect(told).toEqual([false]);
  });

  it.each([
    ['a reset', (socket: Socket) => socket.resetAndDestroy()],
    ['a close', (socket: Socket) => socket.destroy()],
    ['a half-close', (socket: Socket) => socket.end()],
    ['a close behind bytes that nobody has asked for', (socket: Socket) => socket.end('more')],
  ])('is told while the answer is held, by %s', async (_what, leave) => {
    const told: boolean[] = [];
    let release: (response: HttpResponse) => void = () => undefined;
    const held = new Promise<HttpResponse>((resolve) => {
      release = resolve;
    });
    const { front, requests } = await answering((request) => {
      request.watch({ closed: (complete) => void told.push(complete) });
      return held;
    });
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push'));
    await eventually('it is held', () => requests.length === 1);
    leave(socket.socket);
    await eventually('it is told', () => told.length > 0);
    let opened = false;
    const open = () => {
      opened = true;
    };
    release({ status: 200, headers: {}, open });
    await eventually('nothing is left', () => front.sockets() === 0 && front.front.size === 0);
    expect([told, socket.text, opened]).toEqual([[false], '', false]);
  });

  it('comes behind the answer for a client that closes its side as soon as it has asked', async () => {
    const { front } = await answering(() => answer('for you'));
    const socket = await connectRaw(front.port);
    socket.socket.end(rawGet('/push'));
    expect(await socket.end()).toContain('for you');
  });

  it('is told for a stream at whatever byte of it the client is gone', async () => {
    const { hub, front } = await serve();
    for (let cut = 1; cut < 1500; cut += 40) {
      const socket = await connectRaw(front.port);
      socket.socket.on('data', () => {
        if (socket.text.length >= cut) socket.reset();
      });
      socket.write(rawGet(query));
      for (let n = 0; n < 3; n += 1) {
        hub.publish('/a', { n });
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.reset();
    }
    await eventually('all channels are released', () => hub.stats().attached === 0);
    await eventually('all sockets are gone', () => front.sockets() === 0 && front.front.size === 0);
  });
});

describe('an answer', () => {
  it.each([
    ['a line end in a value', answer('x', { 'x-a': 'b\r\nset-cookie: c' })],
    ['a line end in one of many', answer('x', { 'set-cookie': ['a=b', 'c\nd'] })],
    ['NUL in a value', answer('x', { 'x-a': 'b\0' })],
    ['a character beyond bytes', answer('x', { 'x-a': '\u010d\u010a' })],
    ['a name that is none', answer('x', { 'x-a: b\r\nx-c': 'd' })],
  ])('that would be read as another is not sent: %s', async (_what, response) => {
    const { front, reported } = await answering(() => response);
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push'));
    expect(await socket.end()).toBe('');
    expect(reported).toEqual([expect.any(Error)]);
  });

  it('may be text of any script, bytes, or nothing', async () => {
    const bodies = ['caf\u00e9 \u20ac', Buffer.from('caf\u00e9 \u20ac'), ''];
    const { front } = await answering((request) =>
      answer(bodies[Number(request.query)] ?? '', { 'x-a': '\u00e9' }),
    );
    for (const [n, body] of bodies.entries()) {
      const received = await send(`${front.url}?${n}`);
      expect([received.body, received.headers['x-a']]).toEqual([String(body), '\u00e9']);
    }
  });

  it('ends the connection when it says so, and what came behind the request is not looked at', async () => {
    const { front, requests } = await answering(() => answer('last', { connection: 'close' }));
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push') + rawGet('/push'));
    expect(await socket.end()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: close\r\n[^H]*last$/);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['nothing yet', () => undefined, /\r\n\r\n$/],
    ['nothing at all', (outlet: Outlet) => outlet.end(), /\r\n\r\n0\r\n\r\n$/],
    ['a word', (outlet: Outlet) => void outlet.write(Buffer.from('word')), /\r\n\r\n4\r\nword\r\n$/],
    [
      'a word and its end',
      (outlet: Outlet) => {
        outlet.write(Buffer.from('word'));
        outlet.end();
      },
      /\r\n\r\n4\r\nword\r\n0\r\n\r\n$/,
    ],
  ])('has its head before anything else when it is a stream that says %s', async (_what, open, expected) => {
    const { front } = await answering(() => ({ status: 200, headers: { 'x-one': 'two' }, open }));
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push'));
    await eventually('it is there', () => expected.test(socket.text));
    expect(socket.text).toMatch(/^HTTP\/1\.1 200 OK\r\nx-one: two\r\n/);
    expect(socket.text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    socket.reset();
  });

  it('is dropped with its connection when the handler fails', async () => {
    const { front, reported } = await answering(() => {
      throw new Error('broken');
    });
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push'));
    expect(await socket.end()).toBe('');
    expect(reported).toEqual([new Error('broken')]);
  });
});

describe('a connection', () => {
  it('takes a thousand requests that came in one piece, one after the other', async () => {
    const { front } = await serve({});
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push?type=join&format=ndjson').repeat(1000));
    await eventually('all are answered', () => socket.text.split('join-ack').length === 1001);
    socket.reset();
  });

  it('is closed when no other request comes within keepAliveTimeout, and not before', async () => {
    const { front } = await serve({ behind: { keepAliveTimeout: 200 } });
    const socket = await connectRaw(front.port);
    for (let n = 1; n < 4; n += 1) {
      socket.write(rawGet('/push?p_event=join'));
      await eventually('it is answered', () => socket.text.split('join-ack').length === n + 1);
      await new Promise((resolve) => setTimeout(resolve, 120));
      expect(socket.closed).toBe(false);
    }
    await socket.end();
  });

  it('is closed when no first request comes within headersTimeout', async () => {
    const { front } = await serve({ behind: { headersTimeout: 100, requestTimeout: 100 } });
    const before = performance.now();
    const socket = await connectRaw(front.port);
    await socket.end();
    expect(performance.now() - before).toBeGreaterThan(95);
    expect(front.handedOver()).toBe(0);
  });

  it('that brings half a head has the time that Node gives, and Node answers', async () => {
    const limits = { headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20 };
    const { front } = await serve({ behind: limits });
    const socket = await connectRaw(front.port);
    socket.write('GET /push?p_event=join HTTP/1.1\r\nHo');
    expect(await socket.end()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('is under no limit while a stream is open or a poll is held', async () => {
    const { hub, front } = await serve({ behind: { keepAliveTimeout: 50, headersTimeout: 50 } });
    const stream = await openStream(`${front.url}${query.slice(5)}`);
    await stream.until('"heartbeat"');
    await new Promise((resolve) => setTimeout(resolve, 200));
    hub.publish('/a', 'still there');
    await stream.until('still there');
    stream.close();
  });

  it('brings as many requests as maxRequestsPerSocket allows', async () => {
    const { front } = await serve();
    front.server.maxRequestsPerSocket = 2;
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push?p_event=join').repeat(3));
    const text = await socket.end();
    expect(text.match(/Connection: .*/g)).toEqual(['Connection: keep-alive', 'Connection: close']);
  });

  it('beyond maxConnections is dropped', async () => {
    const { front } = await serve({ maxConnections: 2 });
    const first = [await connectRaw(front.port), await connectRaw(front.port)];
    const third = await connectRaw(front.port);
    await third.end();
    for (const socket of first) socket.reset();
  });
});

describe('a reader that takes nothing', () => {
  it('holds at most 64 KiB of the process', async () => {
    const { hub, front } = await serve();
    const held: Socket[] = [];
    front.front.server.on('connection', (socket) => held.push(socket));
    const dead = await Promise.all(Array.from({ length: 5 }, () => connectRaw(front.port)));
    for (const { socket } of dead) socket.pause();
    for (const socket of dead) socket.write(rawGet(query));
    await eventually('all are open', () => hub.stats().attached === dead.length);
    const alive = await connectRaw(front.port);
    alive.write(rawGet(query));
    await alive.until('"heartbeat"');
    const filler = 'x'.repeat(8000);
    let most = 0;
    for (let n = 0; n < 1500; n += 1) {
      hub.publish('/a', { n, filler });
      if (n % 50 !== 49) continue;
      await eventually('the living reader has them all', () => alive.text.length > (n + 1) * filler.length);
      most = Math.max(most, ...held.map(({ writableLength }) => writableLength));
    }
    expect(held.filter(({ writableLength }) => writableLength > 0)).toHaveLength(dead.length);
    expect(most).toBeLessThanOrEqual(65_536);
    for (const socket of [...dead, alive]) socket.reset();
  });
});

describe('close', () => {
  it('ends what waits for a request, lets go on what is open, and resolves with the last of them', async () => {
    const { hub, push, front } = await serve();
    let behindClosed = 0;
    front.server.on('close', () => {
      behindClosed += 1;
    });
    const fresh = await connectRaw(front.port);
    const idle = await connectRaw(front.port);
    idle.write(rawGet('/push?p_event=join'));
    await idle.until('join-ack');
    const app = await connectRaw(front.port);
    app.write('HEAD /push HTTP/1.1\r\nHost: x\r\n\r\n');
    await app.until('\r\n\r\n');
    const session = await join({ hub, url: front.url }, 'ndjson');
    const held = session.command({ type: 'refresh' });
    const stream = await openStream(
      urlOf({ hub, url: front.url }, { type: 'join-listen', format: 'ndjson' }),
    );
    await eventually('both wait', () => hub.stats().attached === 2);
    let over = false;
    const closed = front.front.close().then(() => {
      over = true;
    });
    await Promise.all([fresh.end(), idle.end(), app.end()]);
    await expect(connectRaw(front.port)).rejects.toThrow();
    expect([over, stream.ended, front.sockets()]).toEqual([false, false, 2]);
    await push.close();
    await closed;
    expect(await stream.rest()).toContain('abort');
    expect((await held).headers.connection).toBe('close');
    await eventually('the server behind is closed', () => behindClosed === 1);
    expect([front.front.address(), front.front.size]).toEqual([null, 0]);
  });

  it('tells a client whose answer is held that it is the last', async () => {
    let release: (response: HttpResponse) => void = () => undefined;
    const held = new Promise<HttpResponse>((resolve) => {
      release = resolve;
    });
    const { front, requests } = await answering(() => held);
    const socket = await connectRaw(front.port);
    socket.write(rawGet('/push'));
    await eventually('it is held', () => requests.length === 1);
    const closed = front.front.close();
    release(answer('goodbye'));
    expect(await socket.end()).toMatch(/\r\nConnection: close\r\n[\s\S]*goodbye$/);
    await closed;
  });

  it('answers a request that is on its way on a connection that is new', async () => {
    const { front } = await answering(() => answer('just in time'));
    const socket = await connectRaw(front.port);
    await eventually('it is there', () => front.front.size === 1);
    const closed = front.front.close();
    socket.write(rawGet('/push'));
    expect(await socket.end()).toMatch(/\r\nConnection: close\r\n[\s\S]*just in time$/);
    await closed;
  });

  it('does not wait for another request of a connection whose stream ends meanwhile', async () => {
    const { hub, front } = await serve();
    const socket = await connectRaw(front.port);
    socket.write(rawGet(query));
    await socket.until('"heartbeat"');
    const closed = front.front.close();
    for (const session of hub.sessions()) hub.leave(session);
    expect(await socket.end()).toMatch(/\r\n0\r\n\r\n$/);
    await closed;
  });

  it('may come twice, and before the server listens', async () => {
    const hub = createHub();
    const { behind, front } = await import('node:http').then(({ default: http }) => {
      const server = http.createServer();
      return { behind: server, front: createPushServer(server, createNodeHandler(hub), { path: '/push' }) };
    });
    await Promise.all([front.close(), front.close()]);
    expect(behind.listening).toBe(false);
    hub.close();
  });
});

describe('a hook', () => {
  it('is shown the headers, the socket, and what the options say of the client', async () => {
    const seen: unknown[] = [];
    const authorize = {
      join: ({ request }: { request: HttpRequest<Socket> }) => {
        seen.push(request.header('X-Token'), request.address, request.secure, request.native.remotePort);
        return true;
      },
    };
    const told = (header: string) => (peer: Pick<HttpRequest, 'header'>) => peer.header(header) ?? '';
    const behindProxy = await serve(
      { address: told('x-real-ip'), secure: (peer) => told('x-forwarded-proto')(peer) === 'https' },
      { authorize },
    );
    const headers = { 'x-token': 'secret', 'x-real-ip': '192.0.2.7', 'x-forwarded-proto': 'https' };
    const answered = await send(`${behindProxy.front.url}?p_event=join`, { headers });
    expect(answered.headers['set-cookie']?.[0]).toMatch(/; Secure/);
    expect(seen).toEqual(['secret', '192.0.2.7', true, expect.any(Number)]);
    const direct = await serve({}, { authorize });
    await send(`${direct.front.url}?p_event=join`, { headers });
    expect(seen.slice(4)).toEqual(['secret', '127.0.0.1', false, expect.any(Number)]);
  });
});

describe('a front front', () => {
  it.each(['', 'push', '/push?x', '/push#x', '/a b', '//push', '/caf\u00e9', 'http://x/push'])(
    'has no path that a request line cannot hold: %s',
    async (path) => {
      await expect(disposablePushServer(createNodeHandler(createHub()), { path })).rejects.toThrow(TypeError);
    },
  );

  it.each(['/', '/push', '/push/', '/a/b.c~d'])('serves %s', async (path) => {
    const { front } = await serve({ path }, { path: path.length > 1 ? path.replace(/\/$/, '') : path });
    const answered = await send(`http://127.0.0.1:${front.port}${path}?p_event=join&p_format=xml`);
    expect(answered.body).toContain('join-ack');
    expect(front.handedOver()).toBe(0);
  });

  it('has no limit of connections that is no number of them', async () => {
    const some: Promise<DisposablePushServer> = disposablePushServer(createNodeHandler(createHub()), {
      maxConnections: 0,
    });
    await expect(some).rejects.toThrow(RangeError);
  });

  it('is given a server and what serves the hub, or says which is missing', () => {
    const [push, behind] = [createNodeHandler(createHub()), createServer()];
    const make = createPushServer as (...given: unknown[]) => unknown;
    const options = { path: '/push' };
    for (const other of [undefined, {}, push])
      expect(() => make(other, push, options)).toThrow(/the first argument/);
    for (const other of [undefined, {}, push.handler.hub, behind])
      expect(() => make(behind, other, options)).toThrow(/the second argument/);
  });
});
