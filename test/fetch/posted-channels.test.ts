import type { Server } from 'node:http';
import { createClient } from '@cometkit/client';
import { createFetchHandler, createHub, type Hub } from '@cometkit/fetch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { listen } from '../support/listen.ts';
import { serveFetch } from './serve.ts';

let hub: Hub;
let url: string;
let stop: () => Promise<void>;

beforeEach(async () => {
  hub = createHub();
  const handler = createFetchHandler(hub, { pollWaitMs: { min: 10, max: 20 } });
  const server: Server = serveFetch(handler, 'end of body');
  const started = await listen(server, '/push');
  url = started.url;
  stop = async () => {
    await handler.close();
    await started.close();
  };
});

afterEach(() => stop());

describe('a channel that was asked for by POST, where the end of a body aborts the signal', () => {
  it.each(['stream', 'long-poll', 'poll'] as const)('brings events over %s', async (transport) => {
    const client = createClient(url, { transports: [transport] });
    const subscription = client.subscribe('/a');
    const got: unknown[] = [];
    const interruptions: unknown[] = [];
    subscription.on(({ data }) => got.push(data));
    client.on('reconnecting', (error) => interruptions.push(error));
    await subscription.ready;
    await eventually('the channel', () => client.state === 'open' || undefined);
    for (const data of [1, 2, 3]) hub.publish('/a', data);
    await eventually('three events', () => got.length === 3 || undefined);
    expect([got, interruptions]).toEqual([[1, 2, 3], []]);
    await client.close();
  });
});
