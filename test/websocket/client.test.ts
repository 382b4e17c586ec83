import http from 'node:http';
import { type Client, createClient, type TransportName } from '@cometkit/client';
import { createHub, createNodeHandler, type Hub } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type WebSocketClass, webSocket } from '../../packages/client/src/transports/web-socket.ts';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';

interface Setting {
  readonly hub: Hub;
  readonly server: http.Server;
  readonly url: string;
  readonly client: Client;
  /** The transports that events came over, in their order. */
  readonly used: TransportName[];
  readonly got: unknown[];
}

async function setting(options: { sockets?: boolean; first?: boolean } = {}): Promise<Setting> {
  const hub = createHub();
  const push = createNodeHandler(hub, {
    path: '/push',
    authorize: { publish: true },
    longPollWaitMs: { min: 0, max: 0 },
    pollWaitMs: { min: 20, max: 20 },
  });
  const server = await disposableServer(http.createServer(push));
  if (options.sockets !== false) attachWebSocket(server.server, push);
  const ours = webSocket(WebSocket as unknown as WebSocketClass);
  const others = ['stream', 'long-poll', 'poll'] as const;
  const transports = options.first === false ? [...others, ours] : [ours, ...others];
  const client = createClient(server.url, { transports });
  const used: TransportName[] = [];
  const got: unknown[] = [];
  client.on('transport', (name) => used.push(name));
  client.on('event', ({ data }) => got.push(data));
  onTestFinished(async () => {
    await client.close();
    await push.close();
    // What the platform's fetch keeps for the next request is not ours.
    server.server.closeAllConnections();
    await server.close();
  });
  return { hub, server: server.server, url: server.url, client, used, got };
}

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe('the client', () => {
  it('receives over WebSocket as its first choice', async () => {
    const { client, hub, used, got } = await setting();
    client.subscribe('/a');
    await eventually('it is open', () => client.state === 'open' && hub.stats().subscriptions === 1);
    for (const n of upTo(300)) hub.publish('/a', n);
    await eventually('all events', () => got.length === 300);
    expect(got).toEqual(upTo(300));
    expect(used).toEqual(['web-socket']);
    await client.publish('/a', 'mine');
    await eventually('its own', () => got.at(-1) === 'mine');
  });

  it('takes the next transport where WebSocket is refused', async () => {
    const { client, hub, used, got } = await setting({ sockets: false });
    client.subscribe('/a');
    await eventually('another is open', () => used.length > 0, 15_000);
    expect(used).toEqual(['stream']);
    await eventually('it counts', () => hub.stats().subscriptions === 1);
    hub.publish('/a', 1);
    await eventually('the event', () => got.length === 1);
  }, 20_000);

  it('switches in mid-session both ways under load, every event once and in order', async () => {
    const { client, hub, used, got } = await setting();
    client.subscribe('/a');
    await eventually('it is open', () => client.state === 'open' && hub.stats().subscriptions === 1);
    let n = 0;
    const load = setInterval(() => {
      for (let count = 0; count < 5; count += 1) {
        n += 1;
        hub.publish('/a', n);
      }
    }, 2);
    onTestFinished(() => clearInterval(load));
    for (const name of ['stream', 'web-socket', 'long-poll', 'web-socket', 'poll', 'web-socket'] as const) {
      client.use(name);
      await eventually(`events over ${name}`, () => client.transport === name && used.at(-1) === name);
      const mark = got.length;
      await eventually('some of them', () => got.length > mark + 20);
    }
    clearInterval(load);
    await eventually('all events', () => got.length >= n);
    expect(got).toEqual(upTo(n));
    expect(hub.stats().gaps).toBe(0);
  }, 30_000);

  it('goes on after its sockets were cut, every event once and in order', async () => {
    const { client, hub, server, got } = await setting();
    const sockets = new Set<{ resetAndDestroy(): void }>();
    server.on('connection', (socket) => sockets.add(socket));
    client.subscribe('/a');
    await eventually('it is open', () => client.state === 'open' && hub.stats().subscriptions === 1);
    let n = 0;
    for (let round = 0; round < 5; round += 1) {
      for (let count = 0; count < 20; count += 1) {
        n += 1;
        hub.publish('/a', n);
        if (count === 10) for (const socket of sockets) socket.resetAndDestroy();
      }
      await eventually('the round', () => got.length === n, 10_000);
    }
    expect(got).toEqual(upTo(n));
  }, 30_000);

  it('joins anew when its session is gone', async () => {
    const { client, hub, got } = await setting();
    client.subscribe('/a');
    await eventually('it is open', () => client.state === 'open' && hub.stats().subscriptions === 1);
    const [session] = hub.sessions();
    if (session !== undefined) hub.leave(session, 'expired');
    await eventually(
      'another session',
      () => hub.stats().opened === 2 && hub.stats().subscriptions === 1,
      10_000,
    );
    await eventually('it is open', () => client.state === 'open');
    hub.publish('/a', 'after');
    await eventually('the event', () => got.includes('after'));
  }, 20_000);

  it('says what is missing where there is no WebSocket', () => {
    const failures: unknown[] = [];
    const given = (globalThis as { WebSocket?: unknown }).WebSocket;
    (globalThis as { WebSocket?: unknown }).WebSocket = undefined;
    const endpoint = { url: 'http://127.0.0.1:1/push' } as never;
    webSocket().open(endpoint, {}, { data: () => undefined, end: (failure) => failures.push(failure) });
    (globalThis as { WebSocket?: unknown }).WebSocket = given;
    expect(failures).toEqual([{ code: 'unsupported' }]);
  });
});
