import type { ClientItem, ClientOptions, TransportName } from '@cometkit/client';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { numbersOf, RealServer, until } from './server-kit.ts';

let server: RealServer;
let publishing: NodeJS.Timeout;

afterEach(() => {
  clearInterval(publishing);
  return server.close();
});

const ways: [TransportName, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['event-source', [eventSource(EventSource)]],
];

describe.each(ways)('over %s', (_, transports) => {
  it('a client that is told to move goes on with its session: nothing lost, nothing twice, nothing to be seen', async () => {
    server = await RealServer.start();
    const client = server.client({ transports });
    const items: ClientItem[] = [];
    const told: string[] = [];
    const states: string[] = [];
    const subscription = client.subscribe('/n', { gaps: true });
    subscription.on((item) => items.push(item));
    await subscription.ready;
    await until(() => client.state === 'open');
    client.on('state', (state) => states.push(state));
    client.on('reconnecting', ({ message }) => told.push(message));
    const { id } = client;
    const session = server.hub.session(id ?? '');
    const { generation = 0 } = session ?? {};
    let sent = 0;
    publishing = setInterval(() => server.hub.publish('/n', sent++), 1);
    await until(() => items.length > 5);
    await server.drain({ drainMs: 0, settleMs: 0 });
    await until(() => (session?.generation ?? 0) > generation);
    const upTo = sent + 5;
    await until(() => sent > upTo && items.length > upTo);
    clearInterval(publishing);
    await until(() => items.length === sent);
    expect(numbersOf(items)).toEqual(Array.from({ length: sent }, (_each, n) => n));
    expect([client.id, told, states]).toEqual([id, [], []]);
  });
});
