import http from 'node:http';
import net from 'node:net';
import { createHandler, createHub } from '@cometkit/handler';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { serve } from './kit.ts';
import { acceptOf, frame, handshakeHeaders, RawClient } from './raw-client.ts';

describe('sockets from one address', () => {
  it('are bounded, and one that goes makes room', async () => {
    const address = () => '203.0.113.9';
    const { port, open, sockets } = await serve({ socket: { address, maxConnectionsPerAddress: 2 } });
    const [first] = [await open(), await open()];
    const third = await RawClient.ask(port, '/push', handshakeHeaders());
    expect(third.status).toBe(503);
    await third.end();
    first?.socket.destroy();
    await eventually('room', () => sockets.size === 1);
    await open();
    expect(sockets.size).toBe(2);
  });

  it('do not count for programs of this machine, but for those behind a proxy that is not believed', async () => {
    const { port, open, sockets } = await serve({ socket: { maxConnectionsPerAddress: 1 } });
    await open();
    await open();
    await open({ 'X-Forwarded-For': '203.0.113.9' });
    const other = { ...handshakeHeaders(), 'X-Forwarded-For': '198.51.100.1' };
    const refused = await RawClient.ask(port, '/push', other);
    expect([refused.status, sockets.size]).toEqual([503, 3]);
    await refused.end();
  });

  it('are refused, and the server lives, when the option address throws', async () => {
    const address = () => {
      throw new Error('broken');
    };
    const { port, errors } = await serve({ socket: { address } });
    const client = await RawClient.ask(port, '/push', handshakeHeaders());
    expect(client.status).toBe(403);
    expect(errors).toEqual([expect.objectContaining({ message: 'broken' })]);
    await client.end();
  });
});

describe('a handshake', () => {
  it('is answered with the proof that the key was read', async () => {
    const { port } = await serve();
    const key = 'dGhlIHNhbXBsZSBub25jZQ==';
    const client = await RawClient.ask(port, '/push', handshakeHeaders(key));
    expect(client.status).toBe(101);
    expect(client.head).toContain(`Sec-WebSocket-Accept: ${acceptOf(key)}`);
    expect(client.head).toContain('s3pPLMBiTxaQ9kYGzzhZRbK+xOo=');
    expect(client.head).not.toMatch(/Sec-WebSocket-(?:Extensions|Protocol)/);
    client.socket.destroy();
  });

  it.each([
    ['another version', { 'Sec-WebSocket-Version': '12' }, 400],
    ['no version', { 'Sec-WebSocket-Version': undefined }, 400],
    ['a key that is none', { 'Sec-WebSocket-Key': 'short' }, 400],
    ['no key', { 'Sec-WebSocket-Key': undefined }, 400],
    ['another protocol', { Upgrade: 'h2c' }, 400],
  ])('is refused with %s', async (_what, change, status) => {
    const { port } = await serve();
    const headers = Object.entries({ ...handshakeHeaders(), ...change }).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    );
    const client = await RawClient.ask(port, '/push', Object.fromEntries(headers));
    expect(client.status).toBe(status);
    await client.end();
  });

  it('is refused with another method', async () => {
    const { port } = await serve();
    const client = await RawClient.ask(port, '/push', handshakeHeaders(), 'POST');
    expect(client.status).toBe(405);
    await client.end();
  });

  it('may ask for our protocol and get it, or for others and get none', async () => {
    const { open } = await serve();
    const ours = await open({ 'Sec-WebSocket-Protocol': 'chat, cometkit' });
    expect(ours.head).toContain('Sec-WebSocket-Protocol: cometkit');
    const theirs = await open({ 'Sec-WebSocket-Protocol': 'chat' });
    expect(theirs.head).not.toContain('Sec-WebSocket-Protocol');
  });

  it('is not compressed unless that is allowed', async () => {
    const { open } = await serve();
    const client = await open({ 'Sec-WebSocket-Extensions': 'permessage-deflate' });
    expect(client.head).not.toContain('Sec-WebSocket-Extensions');
  });

  it('takes what the client sends along with it', async () => {
    const { port } = await serve();
    const lines = Object.entries(handshakeHeaders()).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = Buffer.from(`GET /push HTTP/1.1\r\n${lines.join('')}\r\n`);
    const client = new RawClient(net.connect(port, '127.0.0.1'));
    client.socket.write(Buffer.concat([head, frame({ payload: '{"type":"join"}' })]));
    await client.hears('join-ack');
    client.socket.destroy();
  });
});

describe('the path', () => {
  it('may come in a whole URL, whose host is the one that origins are compared with', async () => {
    const { port } = await serve();
    for (const [origin, status] of [
      ['http://app.example', 101],
      ['http://evil.example', 403],
    ] as const) {
      const headers = { ...handshakeHeaders(), Origin: origin };
      const client = await RawClient.ask(port, 'http://app.example/push?x=1', headers);
      expect([origin, client.status]).toEqual([origin, status]);
      if (status === 101) client.socket.destroy();
      else await client.end();
    }
  });

  it('is the only one that is claimed; others are not found when nobody else listens', async () => {
    const { port, sockets } = await serve();
    for (const target of ['/other', '/push/more', '//push', 'http://evil.example/other', '/pushy', '*']) {
      const client = await RawClient.ask(port, target);
      expect([target, client.status === 404 || client.status === 400]).toEqual([target, true]);
      await client.end();
    }
    expect(sockets.size).toBe(0);
  });

  it('leaves other upgrades to their listeners', async () => {
    const { port, server } = await serve();
    server.server.on('upgrade', (request, socket) => {
      if (request.url === '/other') socket.end('HTTP/1.1 418 Theirs\r\n\r\n');
    });
    const client = await RawClient.ask(port, '/other');
    expect(client.status).toBe(418);
    await client.end();
  });

  it('may have a query and a slash at its end', async () => {
    const { port } = await serve();
    for (const target of ['/push?x=1', '/push/', '/push/?x=1']) {
      const client = await RawClient.open(port, target);
      client.socket.destroy();
    }
  });

  it('is one of several on a server, each claimed once', async () => {
    const { server, port, hub } = await serve();
    const handler = createHandler(hub);
    const second = attachWebSocket(server.server, { handler }, { path: '/second' });
    const client = await RawClient.open(port, '/second');
    expect(second.size).toBe(1);
    expect((await RawClient.ask(port, '/third')).status).toBe(404);
    expect(() => attachWebSocket(server.server, handler, { path: '/second' })).toThrow(TypeError);
    const ended = second.close();
    client.socket.end();
    await ended;
    expect((await RawClient.ask(port, '/second')).status).toBe(404);
  });

  it('is given back when the attachment is closed, and may be claimed again', async () => {
    const { server, port, sockets, hub } = await serve();
    await sockets.close();
    expect(server.server.listenerCount('upgrade')).toBe(0);
    attachWebSocket(server.server, createHandler(hub), { path: '/push' });
    const client = await RawClient.open(port);
    client.socket.destroy();
  });

  it('must be a path', () => {
    const server = http.createServer();
    const push = { handler: createHandler(createHub()) };
    expect(() => attachWebSocket(server, push, { path: 'push' })).toThrow(TypeError);
    expect(() => attachWebSocket(server, push, { maxPayload: 0 })).toThrow(RangeError);
  });
});

describe('an origin', () => {
  it('that is another is refused before anything is upgraded', async () => {
    const { port, sockets } = await serve();
    for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1.evil.example']) {
      const client = await RawClient.ask(port, '/push', { ...handshakeHeaders(), Origin: origin });
      expect([origin, client.status]).toEqual([origin, 403]);
      await client.end();
    }
    expect(sockets.size).toBe(0);
  });

  it('that is the same or listed is let in', async () => {
    const { open, port } = await serve({ handler: { origins: ['https://app.example'] } });
    await open({ Origin: 'http://127.0.0.1' });
    await open({ Host: `127.0.0.1:${port}`, Origin: `http://127.0.0.1:${port}` });
    await open({ Origin: 'https://app.example', 'Sec-Fetch-Site': 'cross-site' });
  });

  it('is not all: host names can be listed against rebinding', async () => {
    const { port, open } = await serve({ handler: { hosts: ['127.0.0.1'] } });
    const headers = { ...handshakeHeaders(), Host: 'evil.example', Origin: 'http://evil.example' };
    expect((await RawClient.ask(port, '/push', headers)).status).toBe(403);
    await open();
  });
});

describe('a server', () => {
  it('that is full sends newcomers away', async () => {
    const { open, port } = await serve({ socket: { maxConnections: 2 } });
    await open();
    await open();
    expect((await RawClient.ask(port)).status).toBe(503);
  });

  it('that shuts down sends newcomers away', async () => {
    const { hub, port } = await serve();
    hub.close();
    expect((await RawClient.ask(port)).status).toBe(503);
  });

  it('without us knows nothing of upgrades', async () => {
    const server = await disposableServer((_request, response) => response.end('plain'));
    onTestFinished(() => server.close());
    const client = await RawClient.ask(server.port);
    expect(client.status).toBe(200);
    client.socket.destroy();
  });
});
