import type { Client, ClientItem } from '@cometkit/client';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { Pair, servers, told, type Version } from './kit.ts';

vi.setConfig({ testTimeout: 60_000 });

const pairs: [what: string, client: Version, server: Version][] = [
  ['the previous client with this server', 'previous', 'this'],
  ['this client with the previous server', 'this', 'previous'],
];
const transports = ['stream', 'long-poll', 'poll'] as const;
let pair: Pair;

afterEach(() => pair.close());

/** Subscribes to `/n`. @returns what came, once the server has confirmed it. */
async function listen(client: Client): Promise<ClientItem[]> {
  const items: ClientItem[] = [];
  const subscription = client.subscribe('/n', { gaps: true });
  subscription.on((item) => items.push(item));
  await subscription.ready;
  return items;
}

async function came(items: readonly ClientItem[], ...expected: unknown[]): Promise<void> {
  await eventually(
    `what is expected, not ${JSON.stringify(told(items))}`,
    () => items.length >= expected.length,
  );
  expect(told(items)).toEqual(expected);
}

it('has a previous server that lacks what this one has', async () => {
  pair = await Pair.start('this', 'previous');
  expect(() => pair.hub.publish('/n', 1, { traceparent: 'x' })).toThrow('unknown option `traceparent`');
  expect(() => servers.this.createHub().publish('/n', 1, { traceparent: 'x' })).toThrow('W3C');
});

describe.each(pairs)('%s', (_what, client, server) => {
  it.each(transports)('over %s: joins, subscribes, publishes, is cut off and goes on', async (transport) => {
    pair = await Pair.start(client, server);
    const reader = pair.client({ transports: [transport] });
    const items = await listen(reader);
    pair.hub.publish('/n', 1);
    await reader.publish('/n', { mine: 2 });
    await came(items, 1, { mine: 2 });
    expect(items[1]).toMatchObject({ subject: '/n', from: reader.id });
    pair.cut();
    for (let n = 3; n <= 60; n += 1) pair.hub.publish('/n', n);
    await came(items, 1, { mine: 2 }, ...Array.from({ length: 58 }, (_, at) => at + 3));
    expect(reader.transport).toBe(transport);
  });

  it.each(transports)('over %s: what is published at once comes in order, once', async (transport) => {
    pair = await Pair.start(client, server);
    const writer = pair.client({ transports: [transport] });
    const items = await listen(writer);
    const numbers = Array.from({ length: 20 }, (_, at) => at);
    await Promise.all(numbers.map((n) => writer.publish('/n', n)));
    await came(items, ...numbers);
  });

  it.each(transports)('over %s: another client goes on where the first one stood', async (transport) => {
    pair = await Pair.start(client, server);
    const first = pair.client({ transports: [transport] });
    const before = await listen(first);
    pair.hub.publish('/n', 1);
    await came(before, 1);
    const { cursor } = first;
    await first.close();
    pair.hub.publish('/n', 2);
    const next = pair.client({ transports: [transport], resumeFrom: cursor as string });
    const items = await listen(next);
    pair.hub.publish('/n', 3);
    await came(items, 2, 3);
  });

  it.each(transports)('over %s: is told what a restart has cost', async (transport) => {
    pair = await Pair.start(client, server);
    const reader = pair.client({ transports: [transport] });
    const items = await listen(reader);
    pair.hub.publish('/n', 1);
    await came(items, 1);
    await pair.restart();
    await eventually('the client is back', () => pair.hub.stats().subscriptions === 1);
    pair.hub.publish('/n', 2);
    await came(items, 1, 'gap epoch', 2);
  });

  it('asks for the past, for one session, and is refused', async () => {
    pair = await Pair.start(client, server);
    for (let n = 1; n <= 3; n += 1) pair.hub.publish('/n', n);
    const reader = pair.client();
    const items: ClientItem[] = [];
    const past = reader.subscribe('/n', { last: 2 });
    past.on((item) => items.push(item));
    await past.ready;
    await came(items, 2, 3);
    pair.hub.send(reader.id as string, '/n', 'for you');
    await came(items, 2, 3, 'for you');
    await expect(reader.publish('no path', 1)).rejects.toMatchObject({ code: 'refused' });
    await expect(reader.subscribe('also none').ready).rejects.toMatchObject({ code: 'refused' });
    pair.hub.publish('/n', 4);
    await came(items, 2, 3, 'for you', 4);
  });
});

describe('the previous client', () => {
  it('takes what it does not know of an event as nothing', async () => {
    pair = await Pair.start('previous', 'this');
    const items = await listen(pair.client());
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    pair.hub.publish('/n', 1, { traceparent, name: 'price' });
    await came(items, 1);
    expect(items[0]).not.toHaveProperty('traceparent');
  });
});

describe('this client, of the previous server', () => {
  it('hears that a request has no handler there', async () => {
    pair = await Pair.start('this', 'previous');
    await expect(pair.client().request('/n', 1)).rejects.toMatchObject({ code: 'refused' });
  });
});
