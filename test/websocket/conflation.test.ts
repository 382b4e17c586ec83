import http from 'node:http';
import { type Client, type ClientItem, type ClientOptions, createClient } from '@cometkit/client';
import { createHub, createNodeHandler, type Hub, talkOf } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { EventSource } from 'eventsource';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { eventSource } from '../../packages/client/src/transports/event-source.ts';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports/web-socket.ts';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';

const ways: [string, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['poll', ['poll']],
  ['event-source', [eventSource(EventSource)]],
  ['web-socket', [webSocket(WebSocket as unknown as WebSocketClass)]],
];

/** A server with room for 16 events in a queue, and a client of it. */
async function start(transports: ClientOptions['transports'] = ['stream']): Promise<{
  hub: Hub;
  client: Client;
  url: string;
}> {
  const hub = createHub({ queueLimit: 16 });
  const push = createNodeHandler(hub, { path: '/push', pollWaitMs: { min: 5, max: 10 } });
  const server = await disposableServer(http.createServer(push));
  attachWebSocket(server.server, push);
  const client = createClient(server.url, { transports });
  onTestFinished(async () => {
    await client.close();
    await push.close();
    server.server.closeAllConnections();
    await server.close();
  });
  return { hub, client, url: server.url };
}

describe.each(ways)('a subscription that asks for the newest, over %s', (_name, transports) => {
  it('gets the newest for certain and is told of the rest, beside one that misses nothing', async () => {
    const { hub, client } = await start(transports);
    const newest: ClientItem[] = [];
    const all: ClientItem[] = [];
    const asked = client.subscribe('/n', { conflate: true, gaps: true });
    asked.on((item) => newest.push(item));
    const exact = client.subscribe('/m', { gaps: true });
    exact.on((item) => all.push(item));
    await Promise.all([asked.ready, exact.ready]);
    for (let n = 1; n <= 300; n += 1) {
      hub.publish('/n', n);
      if (n % 100 === 0) hub.publish('/m', n);
    }
    await eventually('the newest', () => valuesOf(newest).at(-1) === 300 && all.length === 3);
    expect(valuesOf(all)).toEqual([100, 200, 300]);
    expect(valuesOf(newest)).toEqual([...new Set(valuesOf(newest))].sort((a, b) => a - b));
    const gaps = newest.flatMap((item) => (item.kind === 'gap' ? [item] : []));
    expect(new Set(gaps.map(({ reason }) => reason))).toEqual(new Set(['outdated']));
    expect(valuesOf(newest).length + gaps.reduce((sum, { count = 0 }) => sum + count, 0)).toBe(300);
  }, 30_000);
});

describe('asking for the newest', () => {
  it('does not cost a client the answers of its requests', async () => {
    const { hub, client } = await start();
    await client.subscribe('/n', { conflate: true }).ready;
    const gaps: string[] = [];
    client.on('gap', ({ reason }) => gaps.push(reason));
    let answer: ((value: number) => void) | undefined;
    talkOf(hub).handle('/slow', () => new Promise<number>((resolve) => (answer = resolve)));
    const answered = client.request('/slow', null);
    await eventually('the request', () => answer !== undefined);
    for (let n = 1; n <= 300; n += 1) hub.publish('/n', n);
    await eventually('a gap', () => gaps.includes('outdated'));
    answer?.(42);
    expect(await answered).toBe(42);
  }, 30_000);

  it('is a field of the query for whoever has no client', async () => {
    const { hub, url } = await start();
    const response = await fetch(`${url}?subject=/n&conflate=true`);
    expect([...hub.sessions()].flatMap(({ subscriptions }) => subscriptions)).toMatchObject([
      { pattern: '/n', conflates: true },
    ]);
    await response.body?.cancel();
    const refused = await fetch(`${url}?subject=/n&conflate=yes`);
    expect(await refused.json()).toMatchObject({
      code: 'invalid-field',
      detail: 'conflate is neither true nor false',
    });
  });

  it('is another subscription than one for everything', async () => {
    const { hub, client } = await start();
    await Promise.all([client.subscribe('/n').ready, client.subscribe('/n', { conflate: true }).ready]);
    const session = hub.session(client.id ?? '');
    expect(session?.subscriptions.map(({ conflates }) => conflates)).toEqual([false, true]);
    expect(() => client.subscribe('/n', { conflate: 'yes' as never })).toThrow(/`conflate`/);
  });
});

function valuesOf(items: readonly ClientItem[]): number[] {
  return items.flatMap((item) => (item.kind === 'data' ? [Number(item.data)] : []));
}
