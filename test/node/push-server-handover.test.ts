import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import tls from 'node:tls';
import { createHub, createNodeHandler, createPushServer } from '@cometkit/node';
import { eventually, join, send } from '@cometkit/testkit';
import { attachWebSocket } from '@cometkit/websocket';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connectRaw, rawGet } from '../support/raw-socket.ts';
import { type DisposablePushServer, disposablePushServer, echo } from './push-server-stage.ts';

const hub = createHub();
const push = createNodeHandler(hub, { path: '/push' });
const listener: http.RequestListener = (request, response) =>
  push(request, response, () => echo(request, response));
let stage: DisposablePushServer;

beforeEach(async () => {
  stage = await disposablePushServer(push, { listener });
});
afterEach(() => stage.close());

const joining = rawGet('/push?type=join&format=ndjson');

describe('another path', () => {
  it('is served by the server behind, with all that was read', async () => {
    const socket = await connectRaw(stage.port);
    socket.write('POST /orders?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nh\xe9llo');
    await socket.until('app POST /orders?a=b h\xe9llo');
    expect(stage.handedOver()).toBe(1);
    socket.reset();
  });

  it('gets a body that comes long after its head, however large', async () => {
    const socket = await connectRaw(stage.port);
    socket.write('POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n');
    await eventually('it is handed over', () => stage.handedOver() === 1);
    for (let n = 0; n < 30; n += 1) socket.write('0123456789'.repeat(1000));
    await socket.until(`app POST /orders ${'0123456789'.repeat(30_000)}`);
    socket.reset();
  });

  it('takes the connection for good, and push is served on it by the server behind', async () => {
    const socket = await connectRaw(stage.port);
    for (const [n, request] of [joining, rawGet('/a'), joining, rawGet('/b'), joining].entries()) {
      socket.write(request);
      await eventually('it is answered', () => socket.text.split('HTTP/1.1 200 OK').length === n + 2);
    }
    await eventually('all of it is there', () => socket.text.split('join-ack').length === 4);
    expect(socket.text).toMatch(/app GET \/a [\s\S]*app GET \/b /);
    expect([stage.handedOver(), stage.front.size]).toEqual([1, 0]);
    socket.reset();
  });

  it('waits behind a held poll that it was sent after', async () => {
    const session = await join({ hub, url: stage.url }, 'ndjson');
    const [{ secret } = { secret: '' }] = [...hub.sessions()].filter(({ id }) => id === session.id);
    await session.command({ type: 'listen', mode: 'long-poll', subject: '/a' });
    const socket = await connectRaw(stage.port);
    const poll = rawGet(`/push?p_event=refresh&p_id=${session.id}&p_key=${secret}`);
    socket.write(poll + rawGet('/orders'));
    await eventually('it is held', () => hub.stats().attached === 1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect([socket.text, stage.handedOver()]).toEqual(['', 0]);
    hub.publish('/a', 'first');
    const text = await socket.until('app GET /orders');
    expect(text.indexOf('first')).toBeLessThan(text.indexOf('app GET'));
    expect(stage.handedOver()).toBe(1);
    socket.reset();
  });
});

describe('a push request', () => {
  it('that comes byte by byte is served by the server behind', async () => {
    const socket = await connectRaw(stage.port);
    for (const byte of joining) {
      socket.write(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await socket.until('join-ack');
    expect(stage.handedOver()).toBe(1);
    socket.reset();
  });

  it('is answered once, wherever the network cuts it', async () => {
    const bytes = joining + joining;
    for (let cut = 0; cut < joining.length + 20; cut += 1) {
      const socket = await connectRaw(stage.port);
      socket.write(bytes.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 1));
      socket.write(bytes.slice(cut));
      await eventually('both are answered', () => socket.text.split('join-ack').length === 3);
      socket.reset();
    }
  });

  it('of a body that comes in a piece of its own is served by the server behind', async () => {
    const socket = await connectRaw(stage.port);
    const body = '{"type":"join","format":"ndjson"}';
    socket.write(
      `POST /push HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await eventually('it is handed over', () => stage.handedOver() === 1);
    socket.write(body);
    await socket.until('join-ack');
    socket.reset();
  });

  it('keeps its connection, one request after the other', async () => {
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const ask = () =>
      new Promise<unknown>((resolve, reject) => {
        const request = http.get(`${stage.url}?p_event=join`, { agent }, (response) => {
          response.resume().on('end', () => resolve(response.headers['keep-alive']));
        });
        request.on('error', reject);
      });
    for (let n = 0; n < 50; n += 1) expect(await ask()).toBe('timeout=5');
    expect([stage.front.size, stage.sockets(), stage.handedOver()]).toEqual([1, 1, 0]);
    agent.destroy();
  });

  it('goes on behind the end of a stream', async () => {
    const socket = await connectRaw(stage.port);
    socket.write(rawGet('/push?type=join-listen&format=ndjson') + joining);
    await socket.until('"heartbeat"');
    for (const session of hub.sessions()) hub.leave(session);
    const text = await socket.until('join-ack');
    expect(text).toMatch(/\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(stage.handedOver()).toBe(0);
    socket.reset();
  });
});

describe('what a client sends while its answer is held', () => {
  it('is kept up to a bound, and waits with the kernel beyond it', async () => {
    let served: Socket | undefined;
    stage.front.server.on('connection', (accepted) => {
      served = accepted;
    });
    const socket = await connectRaw(stage.port);
    socket.write(rawGet('/push?type=join-listen&format=ndjson'));
    await socket.until('"heartbeat"');
    const body = 'x'.repeat(20_000_000);
    socket.write(`POST /orders HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(served?.bytesRead).toBeGreaterThan(16_384);
    // One read that goes beyond, and what the socket itself keeps.
    expect(served?.bytesRead).toBeLessThan(16_384 + 3 * 65_536);
    for (const session of hub.sessions()) hub.leave(session);
    await eventually('all of it is taken', () => socket.socket.writableLength === 0);
    await eventually('and answered', () => socket.text.length > body.length);
    socket.reset();
  });
});

describe('an upgrade', () => {
  it('may be half-open, as on a server of Node', async () => {
    stage.server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n');
      socket.on('end', () => setTimeout(() => socket.end('after your end'), 10)).resume();
    });
    const socket = await connectRaw(stage.port);
    socket.socket.end('GET /mine HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: mine\r\n\r\n');
    expect(await socket.end()).toMatch(/^HTTP\/1\.1 101 [\s\S]*after your end$/);
  });
});

describe('WebSocket', () => {
  it('goes to the server behind, where it is attached', async () => {
    const sockets = attachWebSocket(stage.server, push, { path: '/push' });
    const socket = new WebSocket(`ws://127.0.0.1:${stage.port}/push`);
    const texts: string[] = [];
    socket.on('message', (data) => texts.push(String(data)));
    await new Promise((resolve) => socket.once('open', resolve));
    socket.send('{"type":"join-listen","subject":"/a"}');
    await eventually('the channel is open', () => texts.join('').includes('listen-ack'));
    hub.publish('/a', 'over WebSocket');
    await eventually('the event is there', () => texts.join('').includes('over WebSocket'));
    expect(stage.handedOver()).toBe(1);
    socket.terminate();
    await sockets.close();
  });
});

// A key that both sides know, so that no certificate lies about in the tests.
const psk = Buffer.from('00112233445566778899aabbccddeeff', 'hex');
const secrets = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const;

describe('TLS', () => {
  const connect = (port: number) =>
    tls.connect({
      ...secrets,
      ...{ port, host: '127.0.0.1', pskCallback: () => ({ psk, identity: 'test' }) },
      checkServerIdentity: () => undefined,
    });

  it('is served by the push server, and the app gets the rest of it', async () => {
    const seen: boolean[] = [];
    const secured = createNodeHandler(hub, {
      path: '/push',
      authorize: { join: ({ request }) => seen.push(request.secure) > 0 },
    });
    const front = await disposablePushServer(secured, {
      listener,
      tls: { ...secrets, pskCallback: () => psk },
    });
    const socket = connect(front.port);
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.write(rawGet('/push?type=join-listen&subject=/a&format=ndjson'));
    await eventually('it is open', () => text.includes('"heartbeat"'));
    for (let n = 0; n < 200; n += 1) hub.publish('/a', { n, filler: 'x'.repeat(500) });
    await eventually('all are there', () => text.includes('"n":199,'));
    for (const session of hub.sessions()) hub.leave(session);
    await eventually('it has ended', () => text.endsWith('\r\n0\r\n\r\n'));
    expect(front.handedOver()).toBe(0);
    socket.write(rawGet('/orders'));
    await eventually('the app answers', () => text.includes('app GET /orders'));
    expect([front.handedOver(), seen]).toEqual([1, [true]]);
    socket.destroy();
    await front.close();
  });

  it('is refused of the server behind, which would be given what is encrypted already', () => {
    expect(() => createPushServer(https.createServer() as never, push, { path: '/push' })).toThrow(TypeError);
  });
});

describe('the answers', () => {
  it('of both servers have the same headers', async () => {
    const ask = (headers: Record<string, string>) =>
      send(`${stage.url}?type=join&format=ndjson`, { headers });
    const [front, behind] = [await ask({}), await ask({ 'x-a': '\xe9' })].map((answer) =>
      Object.keys(answer.headers).sort(),
    );
    expect(front).toEqual(behind);
    expect(stage.handedOver()).toBe(1);
  });
});
