import http from 'node:http';
import { type Client, type ClientOptions, createClient } from '@cometkit/client';
import { handle } from '@cometkit/client/handle';
import { type Authorize, createHub, createNodeHandler, type Hub, talkOf } from '@cometkit/node';
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

interface Setting {
  readonly hub: Hub;
  readonly client: Client;
  /** The tokens that the join hook has seen. */
  readonly shown: string[];
  readonly joined: string[];
}

/** A client whose every request shows a token that nobody has seen yet. */
async function setting(transports: ClientOptions['transports'], authorize: Authorize): Promise<Setting> {
  const hub = createHub();
  const shown: string[] = [];
  const { join = true, ...hooks } = authorize;
  const push = createNodeHandler(hub, {
    path: '/push',
    longPollWaitMs: { min: 0, max: 0 },
    pollWaitMs: { min: 10, max: 20 },
    authorize: {
      ...hooks,
      join: (context) => {
        shown.push(context.request.header('x-token') ?? 'none');
        return typeof join === 'function' ? join(context) : join;
      },
    },
  });
  const server = await disposableServer(http.createServer(push));
  attachWebSocket(server.server, push);
  let tokens = 0;
  const headers = (): Record<string, string> => ({ 'x-token': String(++tokens) });
  const client = createClient(server.url, { transports, headers });
  const joined: string[] = [];
  client.on('joined', (id) => joined.push(id));
  client.on('error', () => undefined);
  onTestFinished(async () => {
    await client.close();
    await push.close();
    server.server.closeAllConnections();
    await server.close();
  });
  return { hub, client, shown, joined };
}

describe.each(ways)('a client whose admission ends, over %s', (_name, transports) => {
  it('shows fresh credentials in time, and keeps its session and its place', async () => {
    let admissions = 0;
    const { hub, client, shown, joined } = await setting(transports, {
      join: () => {
        admissions += 1;
        return { principal: 'ann', expires: Date.now() + 4000 };
      },
    });
    const got: unknown[] = [];
    const all = client.subscribe('/');
    all.on(({ data }) => got.push(data));
    await all.ready;
    for (let n = 0; admissions < 3; n += 1) {
      hub.publish('/a', n);
      await eventually(`event ${n}`, () => got.length === n + 1);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    expect(got).toEqual(got.map((_, n) => n));
    expect(new Set(shown).size).toBe(shown.length);
    expect(shown).not.toContain('none');
    expect(joined).toHaveLength(1);
  }, 20_000);

  it('answers what the server asks', async () => {
    const { hub, client } = await setting(transports, {});
    handle(client, '/double', ({ data }) => 2 * Number(data));
    await eventually('it listens', () => client.state === 'open');
    const [session] = hub.sessions();
    if (session === undefined) throw new Error('no session');
    expect(await talkOf(hub).request(session, '/double', 21)).toBe(42);
  });

  it('keeps what it may still read when hooks are asked again, and is closed when it may not stay', async () => {
    const rights = { user: true, '/a': true };
    const { hub, client, joined } = await setting(transports, {
      join: () => rights.user && 'ann',
      subscribe: ({ pattern }) => pattern !== '/a' || rights['/a'],
    });
    const [lost, kept] = [client.subscribe('/a'), client.subscribe('/b')];
    const refused: unknown[] = [];
    client.on('error', ({ serverCode }) => refused.push(serverCode));
    const got: unknown[] = [];
    kept.on(({ data }) => got.push(data));
    lost.on(({ data }) => got.push(data));
    await Promise.all([lost.ready, kept.ready]);
    await eventually('it listens', () => client.state === 'open');
    rights['/a'] = false;
    await hub.reauthorize('ann');
    await eventually('it is told', () => refused.includes('revoked'));
    hub.publish('/a', 'secret');
    hub.publish('/b', 'fine');
    await eventually('the other goes on', () => got.length === 1);
    expect([got, joined.length]).toEqual([['fine'], 1]);
    rights.user = false;
    await hub.reauthorize('ann');
    await eventually('it is refused', () => client.state === 'closed');
  }, 20_000);
});
