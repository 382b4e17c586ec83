import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, type ClientItem, type ClientOptions, createClient } from '@cometkit/client';
import { eventSource, webSocket } from '@cometkit/client/transports';
import { createHub, createNodeHandler, type Hub } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { EventSource } from 'eventsource';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { numbersOf, until } from './server-kit.ts';

const long = 'x'.repeat(1_500_000);

let hub: Hub;
let client: Client;
let url = '';
let close: () => Promise<unknown>;

beforeEach(async () => {
  hub = createHub({ maxEventBytes: 24_000_000, log: { maxBytes: 64_000_000 } });
  const handler = createNodeHandler(hub, { path: '/push' });
  const server = createServer(handler);
  attachWebSocket(server, handler, { path: '/push' });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
  close = async () => {
    await client.close();
    await handler.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
});

afterEach(() => close());

/** A client that listens, and what it is told. */
async function open(options: ClientOptions, pattern = '/a') {
  const items: ClientItem[] = [];
  const told: string[] = [];
  client = createClient(url, options);
  client.on('error', ({ code, message }) => told.push(`${code} ${message}`));
  client.on('reconnecting', ({ code }) => told.push(code));
  const subscription = client.subscribe(pattern, { gaps: true });
  subscription.on((item) => items.push(item));
  await subscription.ready;
  await until(() => client.state === 'open');
  return { items, told };
}

const transports = {
  stream: () => 'stream',
  pull: () => 'long-poll',
  poll: () => 'poll',
  EventSource: () => eventSource(EventSource),
  WebSocket: () => webSocket(WebSocket),
} as Record<string, () => 'stream' | 'long-poll' | 'poll' | ReturnType<typeof webSocket>>;

describe('an event that is longer than the client takes in', () => {
  it.each(Object.entries(transports))(
    'is a gap at its place over %s, and no reconnect',
    async (_name, make) => {
      const { items, told } = await open({ transports: [make()] });
      for (const data of [1, long, 2, long, 3]) hub.publish('/a', data);
      await until(() => items.length === 5, 28_000);
      expect(numbersOf(items)).toEqual([1, 'gap too-large', 2, 'gap too-large', 3]);
      expect(items[1]).toMatchObject({ from: 2, to: 2, count: 1 });
      expect(told).toEqual([expect.stringMatching(/^too-large .*maxEventChars.*1048576/)]);
    },
    30_000,
  );

  it('comes whole where the option allows it, over stream and pull', async () => {
    for (const name of ['stream', 'long-poll'] as const) {
      const { items, told } = await open({ transports: [name], maxEventChars: 30_000_000 });
      hub.publish('/a', 'y'.repeat(18_000_000));
      hub.publish('/a', 2);
      await until(() => items.length === 2, 15_000);
      expect([items[0]?.kind, told]).toEqual(['data', []]);
      await client.close();
    }
  }, 30_000);

  it.each(['stream', 'long-poll'] as const)(
    'does not loop over %s, however long it is',
    async (name) => {
      const { items } = await open({ transports: [name] });
      hub.publish('/a', 'y'.repeat(23_000_000));
      hub.publish('/a', 2);
      await until(() => items.length === 2, 15_000);
      expect(numbersOf(items)).toEqual(['gap too-large', 2]);
    },
    20_000,
  );

  it('is no gap for a subscription that it does not match', async () => {
    const { items } = await open({ maxEventChars: 1000 });
    const other: ClientItem[] = [];
    const subscription = client.subscribe('/b', { gaps: true });
    subscription.on((item) => other.push(item));
    await subscription.ready;
    hub.publish('/a', 'x'.repeat(2000));
    hub.publish('/a', 1);
    hub.publish('/b', 2);
    await until(() => other.length > 0 && items.length > 1);
    expect([numbersOf(items), numbersOf(other)]).toEqual([['gap too-large', 1], [2]]);
  });

  it('is a gap in the past of a subscription, and told by the client too', async () => {
    const { told } = await open({ maxEventChars: 1000 }, '/other');
    const gaps: unknown[] = [];
    client.on('gap', ({ reason, from }, past) => gaps.push([reason, from, past]));
    for (const data of [1, 'é\n"\\'.repeat(500), 2]) hub.publish('/a/"data":', data);
    const items: ClientItem[] = [];
    const past = client.subscribe('/a/**', { last: 3, gaps: true });
    past.on((item) => items.push(item));
    await past.ready;
    hub.publish('/a/b', 3);
    await until(() => items.length === 4);
    expect(numbersOf(items)).toEqual([1, 'gap too-large', 2, 3]);
    expect(gaps).toEqual([['too-large', 2, true]]);
    expect(told).toHaveLength(1);
  });
});
