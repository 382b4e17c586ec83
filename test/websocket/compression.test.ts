import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { serve } from './kit.ts';
import { frame, opcodes, RawClient } from './raw-client.ts';

const deflate = { 'Sec-WebSocket-Extensions': 'permessage-deflate; client_no_context_takeover' };

describe('compression, where it is allowed', () => {
  it('carries the same messages, one for each event', async () => {
    const { port, hub } = await serve({ socket: { compression: true } });
    const client = new WebSocket(`ws://127.0.0.1:${port}/push`);
    const messages: { type: string; data?: unknown }[] = [];
    client.on('message', (data) => messages.push(JSON.parse(String(data))));
    await new Promise((resolve) => client.once('open', resolve));
    expect(client.extensions).toBe('permessage-deflate');
    client.send('{"type":"join-listen","subject":"/a"}');
    await until(() => messages.length === 2);
    for (let n = 0; n < 300; n += 1) hub.publish('/a', { n, filler: 'x'.repeat(2000) });
    await until(() => messages.length === 302);
    expect(messages.slice(2).map(({ data }) => (data as { n: number }).n)).toEqual(
      Array.from({ length: 300 }, (_, n) => n),
    );
    client.close();
    await new Promise((resolve) => client.once('close', resolve));
  });

  it('does not take a bomb: what is unpacked is bounded', async () => {
    const { port } = await serve({ socket: { compression: true, maxPayload: 1000 } });
    const client = await RawClient.open(port, '/push', deflate);
    expect(client.head).toContain('permessage-deflate');
    const bomb = deflateRawSync(Buffer.alloc(10_000_000));
    // Compressed messages have the first reserved bit set.
    client.socket.write(frame({ opcode: opcodes.text, reserved: 4, payload: bomb.subarray(0, 900) }));
    expect([1009, 1007]).toContain(await client.closed());
    client.socket.destroy();
  });

  it('is bounded while a reader stalls', async () => {
    const { port, hub, sockets } = await serve({ socket: { compression: true }, handler: { stallMs: 400 } });
    const client = await RawClient.open(port, '/push', deflate);
    client.send({ payload: '{"type":"join-listen","subject":"/a"}' });
    await client.wait('an answer', () => client.frames.length > 0);
    client.socket.pause();
    const random = () => Array.from({ length: 3000 }, () => Math.random().toString(36)).join('');
    for (let n = 0; n < 200; n += 1) hub.publish('/a', random());
    await until(() => sockets.size === 0, 9000);
    client.socket.destroy();
  }, 12_000);
});

async function until(holds: () => boolean, patienceMs = 5000): Promise<void> {
  const end = performance.now() + patienceMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error('not in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
