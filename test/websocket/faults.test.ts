import http from 'node:http';
import net from 'node:net';
import { createClient } from '@cometkit/client';
import { createHub, createNodeHandler } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports/web-socket.ts';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';

/** What happens to the WebSockets of a network: each is cut after so many bytes to the client, or slowed to pieces. */
interface Weather {
  /** Bytes after which the next WebSocket is cut; Infinity for never. */
  cutAfter: number;
  /** Longest piece that is passed on. */
  piece: number;
  cuts: number;
}

async function network(port: number, weather: Weather): Promise<number> {
  const open = new Set<net.Socket>();
  const proxy = net.createServer((near) => {
    const far = net.connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far);
    let upgraded = false;
    let left = Number.POSITIVE_INFINITY;
    far.on('data', (chunk) => {
      if (!upgraded && chunk.includes('101 Switching')) {
        upgraded = true;
        left = weather.cutAfter;
      }
      const passed = chunk.subarray(0, Math.max(0, left));
      left -= chunk.length;
      const { piece } = upgraded ? weather : { piece: chunk.length };
      for (let at = 0; at < passed.length; at += piece) near.write(passed.subarray(at, at + piece));
      if (left > 0) return;
      weather.cuts += 1;
      near.resetAndDestroy();
      far.resetAndDestroy();
    });
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  return (proxy.address() as net.AddressInfo).port;
}

async function stage(weather: Weather) {
  const hub = createHub();
  const push = createNodeHandler(hub, { path: '/push' });
  const server = await disposableServer(http.createServer(push));
  attachWebSocket(server.server, push);
  const port = await network(server.port, weather);
  const client = createClient(`http://127.0.0.1:${port}/push`, {
    transports: [webSocket(WebSocket as unknown as WebSocketClass)],
    // Impatient: what is tested is that it goes on, not how long it waits.
    runtime: { random: () => 0 },
  });
  const got: unknown[] = [];
  client.on('event', ({ data }) => got.push(data));
  client.subscribe('/a');
  onTestFinished(async () => {
    await client.close();
    await push.close();
    server.server.closeAllConnections();
    await server.close();
  });
  await eventually('it listens', () => client.state === 'open' && hub.stats().subscriptions === 1, 15_000);
  return { hub, client, got };
}

describe('a WebSocket', () => {
  it('may be cut after any byte: every event comes once and in order', async () => {
    const weather: Weather = { cutAfter: Number.POSITIVE_INFINITY, piece: 65_536, cuts: 0 };
    const { hub, client, got } = await stage(weather);
    let n = 0;
    // From the first byte of the handshake's answer through every part of the frames behind it.
    for (const cutAfter of [1, 130, 131, 133, 150, 400, 520, 521, 523, 600, 700, 900, 1500]) {
      weather.cutAfter = cutAfter;
      const before = weather.cuts;
      client.use('stream');
      client.use('web-socket');
      const end = performance.now() + 4000;
      while (weather.cuts === before && performance.now() < end) {
        n += 1;
        hub.publish('/a', n);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      weather.cutAfter = Number.POSITIVE_INFINITY;
      await eventually(`everything behind the cut at ${cutAfter}`, () => got.length >= n, 20_000);
    }
    expect(got).toEqual(Array.from({ length: n }, (_, index) => index + 1));
    expect(weather.cuts).toBeGreaterThan(10);
  }, 120_000);

  it('may be cut into single bytes', async () => {
    const weather: Weather = { cutAfter: Number.POSITIVE_INFINITY, piece: 1, cuts: 0 };
    const { hub, got } = await stage(weather);
    for (let n = 1; n <= 100; n += 1) hub.publish('/a', { n, text: '\u20ac\u{1f600}' });
    await eventually('all events', () => got.length === 100, 15_000);
    expect(got.map((data) => (data as { n: number }).n)).toEqual(
      Array.from({ length: 100 }, (_, n) => n + 1),
    );
  }, 30_000);
});
