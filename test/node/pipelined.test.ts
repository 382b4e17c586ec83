import http from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { createHub, createNodeHandler, createPushServer } from '../../packages/node/src/index.ts';

const requests = 1000;

// Joins in all turns of the event loop, as many as the fullest of them had.
function fullestTurn(hub: ReturnType<typeof createHub>): { most(): number } {
  let [now, most] = [0, 0];
  hub.on('session-opened', () => {
    now += 1;
    most = Math.max(most, now);
  });
  const tick = () => {
    now = 0;
    if (!hub.closed) setImmediate(tick);
  };
  tick();
  return { most: () => most };
}

function askedAtOnce(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('error', reject);
    socket.on('data', (bytes) => {
      text += String(bytes);
    });
    socket.on('close', () => resolve(text));
    const path = (n: number) => `/push?type=join&format=ndjson&messageId=m${n}`;
    const ask = (n: number) => {
      const last = n === requests - 1 ? 'Connection: close\r\n' : '';
      return `GET ${path(n)} HTTP/1.1\r\nHost: x\r\n${last}\r\n`;
    };
    socket.write(Array.from({ length: requests }, (_, n) => ask(n)).join(''));
  });
}

it.each(['node:http', 'the push server'])(
  'a thousand requests in one write leave turns to others, and are answered in order: %s',
  async (which) => {
    const hub = createHub();
    const push = createNodeHandler(hub, { path: '/push' });
    const behind = http.createServer({ maxHeaderSize: 16_384 }, push);
    const door = which === 'node:http' ? undefined : createPushServer(behind, push, { path: '/push' });
    const listening = door ?? behind;
    await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve));
    const turns = fullestTurn(hub);
    const text = await askedAtOnce((listening.address() as AddressInfo).port);
    const answered = [...text.matchAll(/"messageId":"m(\d+)"/g)].map(([, n]) => Number(n));
    await push.close();
    await (door?.close() ?? new Promise((resolve) => behind.close(() => resolve(undefined))));
    expect(text.match(/HTTP\/1\.1 200/g)).toHaveLength(requests);
    if (answered.length > 0) expect(answered).toEqual(Array.from({ length: requests }, (_, n) => n));
    // One share when the bytes come, and one when the turn ends.
    expect(turns.most()).toBeLessThanOrEqual(66);
  },
  20_000,
);
