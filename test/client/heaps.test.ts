import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@cometkit/client';
import { afterEach, describe, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;
let proxy: Server;
let client: Client;
let publishing: NodeJS.Timeout;

/** A proxy that forwards an answer in heaps of so many bytes, and what is left when it ends, as buffering ones do. */
async function throughHeaps(heapBytes: number): Promise<void> {
  server = await RealServer.start();
  proxy = createServer((asked, answer) => {
    const { method, headers } = asked;
    const on = request(server.url, { method, headers }, (response) => {
      let heap: Buffer[] = [];
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.on('data', (piece: Buffer) => {
        heap.push(piece);
        if (heap.reduce((sum, { length }) => sum + length, 0) < heapBytes) return;
        answer.write(Buffer.concat(heap));
        heap = [];
      });
      response.on('end', () => answer.end(Buffer.concat(heap)));
    });
    on.on('error', () => answer.destroy());
    answer.on('close', () => on.destroy());
    asked.pipe(on);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  client = createClient(`http://127.0.0.1:${(proxy.address() as AddressInfo).port}/push`);
  // Ten events of 150 bytes a second, each with the time that it was published at.
  let number = 0;
  publishing = setInterval(() => {
    number += 1;
    server.hub.publish('/a', { number, at: performance.now(), filler: 'x'.repeat(100) });
  }, 100);
}

afterEach(async () => {
  clearInterval(publishing);
  await client.close();
  proxy.closeAllConnections();
  await new Promise((resolve) => proxy.close(resolve));
  await server.close();
});

interface Stamped {
  readonly number: number;
  readonly at: number;
}

describe('a proxy that forwards in heaps', () => {
  it('of four kilobytes is left for the long poll, over which events come at once and none is missing', async () => {
    await throughHeaps(4096);
    const got: { number: number; lateMs: number; over: string | undefined }[] = [];
    const subscription = client.subscribe('/a');
    subscription.on(({ data }) => {
      const { number, at } = data as unknown as Stamped;
      got.push({ number, lateMs: performance.now() - at, over: client.transport });
    });
    await until(() => client.transport === 'long-poll', 12_000);
    const from = got.length;
    await until(() => got.length >= from + 30, 10_000);
    const late = got
      .slice(from + 10)
      .map(({ lateMs }) => lateMs)
      .sort((a, b) => a - b);
    // Half of them: the machine that runs the tests has other work.
    expect(late[Math.floor(late.length / 2)]).toBeLessThan(500);
    const numbers = got.map(({ number }) => number);
    expect(numbers).toEqual(numbers.map((_, index) => (numbers[0] ?? 0) + index));
  }, 30_000);

  it('of a few bytes is not: the stream stays', async () => {
    await throughHeaps(64);
    let got = 0;
    client.subscribe('/a').on(() => {
      got += 1;
    });
    await until(() => got >= 40, 15_000);
    expect(client.transport).toBe('stream');
  }, 20_000);
});
