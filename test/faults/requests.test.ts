import http from 'node:http';
import { type Client, type ClientOptions, createClient } from '@cometkit/client';
import { handle } from '@cometkit/client/handle';
import { eventSource, webSocket } from '@cometkit/client/transports';
import { talkOf } from '@cometkit/handler';
import { createHub, createNodeHandler, type Hub } from '@cometkit/node';
import { attachWebSocket } from '@cometkit/websocket';
import { EventSource } from 'eventsource';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { type CuttingProxy, cuttingProxy, numbersOf } from './cutting-proxy.ts';

type Transport = NonNullable<ClientOptions['transports']>[number];

const transports: Record<string, () => Transport> = {
  'a fetch stream': () => 'stream',
  'server-sent events': () => eventSource(EventSource as never),
  'long polls': () => 'long-poll',
  polls: () => 'poll',
  WebSocket: () => webSocket(WebSocket as never),
};
// Those that wait travel together, so that it takes many to be cut often.
const count = 120;
const timeoutMs = 8000;

interface Setting {
  readonly hub: Hub;
  readonly client: Client;
  readonly proxy: CuttingProxy;
}

async function setting(transport: Transport, seed: number): Promise<Setting> {
  const hub = createHub();
  const push = createNodeHandler(hub, { path: '/push', pollWaitMs: { min: 10, max: 20 } });
  const server = await disposableServer(http.createServer(push));
  attachWebSocket(server.server, push);
  const proxy = await cuttingProxy(server.port, { random: numbersOf(seed), share: 0.12 });
  const client = createClient(`http://127.0.0.1:${proxy.port}/push`, { transports: [transport] });
  onTestFinished(async () => {
    proxy.cutting = false;
    await client.close();
    await push.close();
    server.server.closeAllConnections();
    await server.close();
  });
  await eventually('it is open', () => client.state === 'open');
  return { hub, client, proxy };
}

/** Counts how often each was carried out. */
class Ledger {
  readonly #runs = new Map<number, number>();

  run(number: number): number {
    this.#runs.set(number, this.of(number) + 1);
    return number * 2;
  }

  of(number: number): number {
    return this.#runs.get(number) ?? 0;
  }
}

/** What came of all requests, four at a time: their answers, or the words of their errors. */
async function outcomes(ask: (number: number) => Promise<unknown>): Promise<Map<number, unknown>> {
  const found = new Map<number, unknown>();
  let next = 0;
  const goOn = async (): Promise<void> => {
    while (next < count) {
      const number = next++;
      const outcome = await ask(number).catch((error: { code?: string }) => error.code ?? error);
      found.set(number, outcome);
    }
  };
  await Promise.all(Array.from({ length: 4 }, goOn));
  return found;
}

/** Carried out once if it was answered, at most once if an error was told, and nothing else came of it. */
function judge(found: ReadonlyMap<number, unknown>, ledger: Ledger): void {
  expect(found.size).toBe(count);
  for (const [number, outcome] of found) {
    const runs = ledger.of(number);
    if (outcome === number * 2) expect([number, runs]).toEqual([number, 1]);
    else {
      expect(['timeout', 'unconfirmed']).toContain(outcome);
      expect(runs).toBeLessThanOrEqual(1);
    }
  }
}

describe.each(Object.entries(transports))('requests over %s, cut at random', (_name, transport) => {
  it.each([1])(
    'of the client are carried out once at most, and answered or told (seed %i)',
    async (seed) => {
      const { hub, client, proxy } = await setting(transport(), seed);
      const ledger = new Ledger();
      talkOf(hub).handle('/run', ({ data }) => ledger.run(Number(data)));
      proxy.cutting = true;
      const found = await outcomes((number) => client.request('/run', number, { timeoutMs }));
      judge(found, ledger);
      expect([...proxy.cuts.values()].reduce((sum, n) => sum + n, 0)).toBeGreaterThan(5);
      // Nearly all of them are answered: what is told is no excuse.
      expect([...found].filter(([number, outcome]) => outcome === number * 2).length).toBeGreaterThan(
        count * 0.8,
      );
    },
    120_000,
  );

  it.each([3])(
    'of the server are carried out once at most, and answered or told (seed %i)',
    async (seed) => {
      const { hub, client, proxy } = await setting(transport(), seed);
      const ledger = new Ledger();
      handle(client as never, '/run', ({ data }) => ledger.run(Number(data)));
      proxy.cutting = true;
      const found = await outcomes(async (number) => {
        const [session] = hub.sessions();
        if (session === undefined) throw new Error('the session is gone');
        return talkOf(hub).request(session, '/run', number, { timeoutMs });
      });
      judge(found, ledger);
      expect([...found].filter(([number, outcome]) => outcome === number * 2).length).toBeGreaterThan(
        count * 0.8,
      );
    },
    120_000,
  );
});
