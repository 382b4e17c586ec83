import http from 'node:http';
import { openStream, send } from '@cometkit/testkit';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { serve } from './kit.ts';
import { opcodes, RawClient } from './raw-client.ts';

const dataOf = (client: RawClient) =>
  client.messages.filter(({ type }) => type === 'data').map(({ data }) => data);

describe('a session over WebSocket', () => {
  it('joins, subscribes, listens, publishes and leaves on one socket', async () => {
    const { join, sockets, hub } = await serve();
    const alice = await join();
    expect(await alice.says('subscribe', { subject: '/chat', label: 'l' })).toMatchObject({
      type: 'subscribe-ack',
      label: 'l',
    });
    expect(await alice.says('listen')).toMatchObject({ type: 'listen-ack', mode: 'stream' });
    await alice.says('publish', { subject: '/chat', data: { text: 'hi' } });
    const { session } = alice.messages[0] ?? {};
    expect(await alice.hears('data')).toMatchObject({
      subject: '/chat',
      from: session,
      data: { text: 'hi' },
    });
    alice.send({ payload: '{"type":"leave"}' });
    await alice.hears('leave-ack');
    expect(await alice.closed()).toBe(1000);
    alice.socket.end();
    await eventually('the socket is gone', () => sockets.size === 0);
    expect(hub.stats().sessions).toBe(0);
  });

  it('gets a gap notice for what the log no longer has', async () => {
    const { join, hub } = await serve({ hub: { queueLimit: 8, log: { maxEvents: 5 } } });
    const alice = await join();
    const { session, key, cursor } = alice.messages[0] ?? {};
    await alice.says('listen', { subject: '/a', ack: cursor });
    await alice.says('ack', { ack: cursor });
    alice.socket.destroy();
    await eventually('the channel is released', () => hub.stats().attached === 0);
    for (let n = 1; n <= 20; n += 1) hub.publish('/a', n);
    const again = await join();
    await again.says('listen', { session, key, ack: cursor });
    await again.wait('the last event', () => dataOf(again).includes(20));
    expect(again.messages.find(({ type }) => type === 'gap')).toMatchObject({ from: 1, to: 15 });
    expect(dataOf(again)).toEqual([16, 17, 18, 19, 20]);
  });

  it('goes on behind what it acknowledged, each event once', async () => {
    const { join, hub } = await serve();
    const alice = await join();
    const { session, key } = alice.messages[0] ?? {};
    await alice.says('listen', { subject: '/a' });
    for (const n of [1, 2, 3, 4]) hub.publish('/a', n);
    await alice.wait('four events', () => dataOf(alice).length === 4);
    const second = alice.messages.find(({ data }) => data === 2);
    alice.socket.destroy();
    const again = await join();
    await again.says('listen', { session, key, ack: second?.['cursor'] });
    await again.wait('the rest', () => dataOf(again).length === 2);
    expect(dataOf(again)).toEqual([3, 4]);
  });

  it('is superseded by a newer channel, and hears of it', async () => {
    const { join } = await serve();
    const [old, young] = [await join(), await join()];
    const { session, key } = old.messages[0] ?? {};
    await old.says('listen');
    await young.says('listen', { session, key });
    await old.hears('superseded');
    expect(await old.closed()).toBe(1000);
  });

  it('ends with an abort and 1001 when the server shuts down', async () => {
    const { join, hub, sockets } = await serve();
    const [alice, silent] = [await join(), await join()];
    await alice.says('listen');
    hub.close();
    expect(await alice.hears('abort')).toMatchObject({ reason: 'shutdown', retryMs: expect.any(Number) });
    expect([await alice.closed(), await silent.closed()]).toEqual([1001, 1001]);
    for (const client of [alice, silent]) client.socket.end();
    await eventually('the sockets are gone', () => sockets.size === 0);
  });

  it('is proved by the cookie that the handshake brings', async () => {
    const { url, open } = await serve();
    const joined = await send(`${url}?type=join&format=ndjson`);
    const cookie = joined.headers['set-cookie']?.[0]?.split(';')[0] ?? '';
    const { session } = JSON.parse(joined.body);
    const stranger = await open();
    expect(await stranger.says('listen', { session })).toMatchObject({ code: 'unknown-session' });
    const alice = await open({ Cookie: cookie });
    expect(await alice.says('listen', { session })).toMatchObject({ type: 'listen-ack', session });
  });

  it('shows the hooks the request of its handshake', async () => {
    const seen: unknown[] = [];
    const { open } = await serve({
      handler: {
        authorize: {
          join: ({ request }) => {
            seen.push(
              request.header('X-User'),
              request.address,
              (request.native as http.IncomingMessage).url,
            );
            return request.header('x-user') ?? false;
          },
        },
      },
    });
    const alice = await open({ 'X-User': 'alice' });
    expect(await alice.says('join')).toMatchObject({ type: 'join-ack' });
    expect(seen).toEqual(['alice', '127.0.0.1', '/push']);
    expect(await (await open()).says('join')).toMatchObject({ code: 'not-authorized' });
  });
});

describe('the query of a handshake', () => {
  it('is shown to every hook, as over HTTP', async () => {
    const seen: string[] = [];
    const look = ({ request }: { request: { query: string } }) => {
      seen.push(request.query);
      return new URLSearchParams(request.query).get('token') === 't1' || { refuse: 'no token' };
    };
    const { port } = await serve({ handler: { authorize: { join: look, subscribe: look, publish: look } } });
    const alice = await RawClient.open(port, '/push?token=t1');
    onTestFinished(() => void alice.socket.destroy());
    expect(await alice.says('join')).toMatchObject({ type: 'join-ack' });
    expect(await alice.says('subscribe', { subject: '/a' })).toMatchObject({ type: 'subscribe-ack' });
    expect(await alice.says('publish', { subject: '/a', data: 1 })).toMatchObject({ type: 'publish-ack' });
    expect(seen).toEqual(['token=t1', 'token=t1', 'token=t1']);
    const bob = await RawClient.open(port, '/push?token=t2');
    onTestFinished(() => void bob.socket.destroy());
    expect(await bob.says('join')).toMatchObject({ code: 'not-authorized', reason: 'no token' });
  });
});

describe('the host of a handshake', () => {
  const proxied = { Origin: 'http://app.example', 'X-Forwarded-Host': 'app.example' };

  it('of a proxy that is not believed is no reason to let a page in', async () => {
    const plain = await serve();
    await expect(plain.open(proxied)).rejects.toThrow('403');
  });

  it('is the one that a trusted proxy tells', async () => {
    const host = ({ headers }: http.IncomingMessage) => String(headers['x-forwarded-host'] ?? headers.host);
    const { open } = await serve({ socket: { host } });
    expect(await (await open(proxied)).says('join')).toMatchObject({ type: 'join-ack' });
  });
});

describe('a switch in mid-session', () => {
  it('from HTTP to WebSocket and back loses nothing and gives nothing twice', async () => {
    const { url, open, hub } = await serve();
    const joined = await send(`${url}?type=join&format=ndjson`);
    const { session, key, cursor: start } = JSON.parse(joined.body);
    const proof = `session=${session}&key=${key}`;
    let cursor = start;
    const got: unknown[] = [];
    let n = 0;
    const burst = () => {
      for (let count = 0; count < 5; count += 1) {
        n += 1;
        hub.publish('/a', n);
      }
    };
    const keep = (line: { type: string; cursor: string; data: unknown }) => {
      if (line.type !== 'data') return;
      got.push(line.data);
      cursor = line.cursor;
    };
    await send(url, { body: JSON.stringify({ type: 'subscribe', session, key, subject: '/a' }) });
    for (let turn = 0; turn < 4; turn += 1) {
      const stream = await openStream(`${url}?type=listen&format=ndjson&ack=${cursor}&${proof}`);
      await stream.until('listen-ack');
      burst();
      await stream.until(`"data":${n}}`);
      // On its way when the switch is made.
      burst();
      const socket = await open();
      for (const line of stream.text.split('\n').filter((text) => text.endsWith('}'))) keep(JSON.parse(line));
      await socket.says('listen', { session, key, ack: cursor });
      burst();
      await socket.wait('the burst', () => dataOf(socket).includes(n));
      burst();
      for (const message of socket.messages) keep(message as never);
      await stream.rest();
    }
    const last = await openStream(`${url}?type=listen&format=ndjson&ack=${cursor}&${proof}`);
    await last.until(`"data":${n}}`);
    for (const line of last.text.split('\n').filter((text) => text !== '')) keep(JSON.parse(line));
    last.close();
    expect(got).toEqual(Array.from({ length: n }, (_, index) => index + 1));
  });
});

describe('the way out', () => {
  it('puts all events of a turn into one write of the socket', async () => {
    const { join, hub, server } = await serve();
    const writes: number[] = [];
    server.server.on('connection', (socket) => {
      const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
      socket.write = ((chunk: Uint8Array, ...rest: unknown[]) => {
        writes.push(chunk.length);
        return write(chunk, ...rest);
      }) as typeof socket.write;
    });
    const alice = await join();
    await alice.says('listen', { subject: '/a' });
    await alice.hears('heartbeat');
    const before = writes.length;
    for (let n = 1; n <= 50; n += 1) hub.publish('/a', n);
    await alice.wait('all', () => dataOf(alice).length === 50);
    expect(writes.length - before).toBe(1);
    expect(alice.frames.filter(({ opcode, final }) => opcode === opcodes.text && final)).toHaveLength(53);
  });

  it('gives a hundred sockets every event in order', async () => {
    const { join, hub } = await serve();
    const all = await Promise.all(Array.from({ length: 100 }, () => join()));
    await Promise.all(all.map((client) => client.says('listen', { subject: '/a' })));
    const numbers = Array.from({ length: 500 }, (_, n) => n);
    for (const n of numbers) {
      hub.publish('/a', n);
      if (n % 25 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(
      all.map((client) => client.wait('the last', () => dataOf(client).length === 500, 10_000)),
    );
    for (const client of all) expect(dataOf(client)).toEqual(numbers);
  }, 20_000);
});

describe('TLS and Express', () => {
  it('take an attachment as they are', async () => {
    const { comet } = await import('@cometkit/express');
    const { default: express } = await import('express');
    const { attachWebSocket } = await import('@cometkit/websocket');
    const push = comet();
    const app = express();
    app.use('/push', push);
    const server = http.createServer(app);
    const sockets = attachWebSocket(server, push);
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const client = await RawClient.open((server.address() as { port: number }).port);
    await client.says('join-listen', { subject: '/a' });
    push.publish('/a', 'over express');
    expect(await client.hears('data')).toMatchObject({ data: 'over express' });
    await push.close();
    client.socket.destroy();
    await sockets.close();
    server.close();
  });
});
