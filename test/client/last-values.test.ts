import type { ClientOptions } from '@cometkit/client';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(() => server.close());

const quickly = { pollWaitMs: { min: 5, max: 10 }, longPollWaitMs: { min: 0, max: 0 } };

/** A server whose log has forgotten the state of the door. */
async function start(): Promise<void> {
  const lastValues = { patterns: ['/status/**'] };
  server = await RealServer.start(quickly, { log: { maxEvents: 3 }, lastValues });
  server.hub.publish('/status/door', 'open');
  server.hub.publish('/status/door', 'shut');
  for (let n = 1; n <= 5; n += 1) server.hub.publish('/prices', n);
}

describe('the state of a quiet subject', () => {
  const ways: [string, ClientOptions['transports']][] = [
    ['stream', ['stream']],
    ['long-poll', ['long-poll']],
    ['poll', ['poll']],
    ['event-source', [eventSource(EventSource)]],
  ];

  it.each(ways)('comes once over %s, and fresh events behind it', async (_name, transports) => {
    await start();
    const client = server.client({ transports });
    const got: unknown[] = [];
    const status = client.subscribe('/status', { latest: true, gaps: true });
    status.on((item) => got.push(item.kind === 'data' ? item.data : item.reason));
    await status.ready;
    await until(() => client.state === 'open');
    server.hub.publish('/status/door', 'ajar');
    await until(() => got.length === 2);
    server.cut();
    server.hub.publish('/status/door', 'wide');
    await until(() => got.length === 3);
    expect(got).toEqual(['shut', 'ajar', 'wide']);
  });

  it('comes to a bare EventSource', async () => {
    await start();
    const got: unknown[] = [];
    const events = new EventSource(`${server.url}?subject=/status&latest=true`);
    events.onmessage = ({ data }) => got.push(JSON.parse(data));
    await until(() => got.length === 1);
    server.hub.publish('/status/door', 'ajar');
    await until(() => got.length === 2);
    events.close();
    expect(got).toEqual(['shut', 'ajar']);
  });
});
