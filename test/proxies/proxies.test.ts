import type { Client } from '@cometkit/client';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { proxies, silenceMs } from './programs.ts';
import { clientAddress, Stand, skipsProxy } from './stand.ts';

// Programs are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const ways = ['stream', 'long-poll', 'web-socket'] as const;
const outageMs = 5000;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A client that listens, what it got, and how often its connection was lost. */
async function listens(client: Client): Promise<{ readonly got: number[]; losses: () => number }> {
  const got: number[] = [];
  let losses = 0;
  client.on('reconnecting', () => {
    losses += 1;
  });
  const subscription = client.subscribe('/n', { gaps: true });
  subscription.on((item) => got.push('data' in item ? (item.data as number) : Number.NaN));
  await subscription.ready;
  return { got, losses: () => losses };
}

/** Asks for an answer that never comes. @returns when the proxy has ended it. */
async function endOfSilence(stand: Stand): Promise<void> {
  const status = await stand
    .fetch()(`${stand.url}/push?silent`)
    .then(
      (answer) => answer.status,
      () => 'cut',
    );
  expect(['cut', 500, 502, 503, 504]).toContain(status);
}

describe.concurrent.each(proxies)('examples/proxies/$file', (program) => {
  const skipped = skipsProxy(program);
  let stand: Stand;

  beforeAll(async () => {
    if (!skipped) stand = await Stand.start(program);
  });
  afterAll(() => stand?.close());

  // Each event is published when the one before has arrived: a proxy that waits for more would wait for ever.
  it.skipIf(skipped)('passes each event of a bare stream on at once', async () => {
    for (const fetch of [stand.fetch(), stand.fetchOverHttp1()]) {
      const aborter = new AbortController();
      const { status, headers, body } = await fetch(`${stand.url}/push?subject=/bare`, {
        headers: { accept: 'text/event-stream', 'accept-encoding': 'gzip' },
        signal: aborter.signal,
      });
      expect(status).toBe(200);
      expect(headers.get('content-encoding')).toBeNull();
      const reader = body!.pipeThrough(new TextDecoderStream()).getReader();
      let text = '';
      for (const n of [1, 2, 3, 4, 5]) {
        await eventually('a session', () => stand.origin.push.hub.stats().sessions > 0);
        stand.origin.push.publish('/bare', `event-${n}`);
        while (!text.includes(`event-${n}`)) text += (await reader.read()).value;
      }
      await reader.cancel().catch(() => undefined);
      aborter.abort();
    }
  });

  it.skipIf(skipped)('shows the server the address of the client, whatever the client says', async () => {
    const { addresses } = stand.origin;
    const before = addresses.length;
    const { body } = await stand.fetch()(`${stand.url}/push?subject=/elsewhere`, {
      headers: { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' },
    });
    await eventually('a join', () => addresses.length > before);
    await body?.cancel().catch(() => undefined);
    expect(new Set(addresses)).toEqual(new Set([clientAddress]));
  });

  it.skipIf(skipped)(
    'cuts no client that hears heartbeats, and loses nothing while the server is away',
    async () => {
      const clients = ways.map((way) => stand.client(way));
      const listeners = await Promise.all(clients.map(listens));
      // The file's patience is over for an answer without heartbeats, and not for the clients.
      await Promise.all([sleep(2 * silenceMs), program.cutsSilence && endOfSilence(stand)]);
      expect(listeners.map(({ losses }) => losses())).toEqual([0, 0, 0]);
      expect(clients.map(({ transport }) => transport)).toEqual(ways);
      let published = 0;
      const publishing = setInterval(() => stand.origin.push.publish('/n', published++), 100);
      await eventually('events', () => listeners.every(({ got }) => got.length > 5));
      await stand.origin.beAway(outageMs);
      await eventually('clients that are back', () => listeners.every(({ got }) => got.length > 60), 40_000);
      clearInterval(publishing);
      await eventually('the last event', () => listeners.every(({ got }) => got.length >= published));
      const all = Array.from({ length: published }, (_, n) => n);
      expect(listeners.map(({ got }) => got)).toEqual([all, all, all]);
      expect(clients.map(({ transport }) => transport)).toEqual(ways);
    },
  );
});
