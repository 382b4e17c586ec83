import { type ClientOptions, createClient } from '@cometkit/client';
import { type WebSocketClass, webSocket } from '@cometkit/client/transports';
import { comet } from '@cometkit/express';
import { type LocalCluster, type LocalNodeParts, localCluster } from '@cometkit/testkit';
import { attachWebSocket } from '@cometkit/websocket';
import express from 'express';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';
import { readingOf } from './stream-reading.ts';

vi.setConfig({ testTimeout: 60_000 });

function answers({ cluster, server }: LocalNodeParts) {
  const push = comet({ cluster, joinRate: false });
  server.on('request', express().use('/push', push));
  attachWebSocket(server, push, { path: '/push' });
  return push;
}

const transports: [string, NonNullable<ClientOptions['transports']>][] = [
  ['a stream', ['stream']],
  ['long polls', ['long-poll']],
  ['WebSocket', [webSocket(WebSocket as unknown as WebSocketClass)]],
];
const subject = '/answers/1';
const values = (n: number): number[] => Array.from({ length: n }, (_, at) => at);

describe('a stream of one of three nodes', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function three(): Promise<LocalCluster<ReturnType<typeof answers>>> {
    const cluster = await localCluster(answers, { nodes: 3 });
    open.push(() => cluster.close());
    return cluster;
  }

  /** What a client reads, and at last `end` or why it does not come. */
  function reading(url: string, options: ClientOptions): readonly unknown[] {
    const client = createClient(`${url}/push`, options);
    open.push(() => client.close());
    return readingOf(client, subject);
  }

  /** Yields as many as are wanted so far. */
  function counter() {
    const waiting: (() => void)[] = [];
    let wanted = 0;
    const upTo = (n: number): void => {
      wanted = n;
      for (const goOn of waiting.splice(0)) goOn();
    };
    async function* count(all: number): AsyncGenerator<number> {
      for (let n = 0; n < all; n += 1) {
        while (n >= wanted) await new Promise<void>((resolve) => waiting.push(resolve));
        yield n;
      }
    }
    return { count, upTo };
  }

  it.each(transports)(
    'is whole over %s, for who comes late and who is cut off, at any node',
    async (_way, given) => {
      const cluster = await three();
      const { count, upTo } = counter();
      cluster.nodes[0]?.app?.stream(subject, count(60));
      upTo(20);
      const all = [cluster.url, ...cluster.nodes.map(({ url }) => url)].map((url) =>
        reading(url, { transports: given }),
      );
      await eventually('they have caught up', () => all.every((got) => got.length === 20), 20_000);
      cluster.cut();
      upTo(40);
      await cluster.nodes[2]?.kill();
      upTo(60);
      const late = reading(cluster.url, { transports: given });
      const there = [...all.slice(0, 3), late];
      await eventually('it has ended', () => there.every((got) => got.length === 61), 30_000);
      for (const got of there) expect(got).toEqual([...values(60), 'end']);
    },
  );

  it('is told as gone to who comes after its node has died', async () => {
    const cluster = await three();
    const { count, upTo } = counter();
    cluster.nodes[0]?.app?.stream(subject, count(3));
    upTo(2);
    const url = cluster.nodes[1]?.url ?? '';
    const got = reading(url, {});
    await eventually('it is read', () => got.length === 2, 20_000);
    await cluster.nodes[0]?.kill();
    const client = createClient(`${url}/push`);
    open.push(() => client.close());
    await client.subscribe(subject).ready;
    await expect(client.request(subject, { stream: 'read', after: 0 })).rejects.toMatchObject({
      serverCode: 'no-handler',
    });
  });
});
