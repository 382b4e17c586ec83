import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '../sim/random.ts';
import { FaultProxy } from './proxy.ts';
import { type NodeTransport, Reader } from './reader.ts';
import { FaultServer } from './server.ts';

const tickMs = 5;

/** Units: milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
}

/**
 * How long nothing comes after all connections were reset on a network that is well otherwise: from the reset to the next
 * event handed over, with an event published every 5 ms.
 */
export async function recovery(transport: NodeTransport, resets: number): Promise<Percentiles> {
  const stage = await Stage.open(transport);
  const publishing = setInterval(() => stage.server.publish('/a/x'), tickMs);
  const times: number[] = [];
  try {
    for (let count = 0; count < resets; count += 1) {
      await sleep(100 + (count % 7) * 20);
      await stage.next();
      const begin = performance.now();
      stage.proxy.cut();
      // What the client's socket had already received is handed over yet: the first one published later counts.
      await stage.next(begin);
      times.push(performance.now() - begin);
    }
  } finally {
    clearInterval(publishing);
    await stage.close();
  }
  return percentiles(times);
}

/**
 * How long a link that died without a word stays unnoticed, on both sides.
 *
 * @returns `client` until it connects anew; `server` until it gives the channel up.
 */
export async function detection(
  transport: NodeTransport,
): Promise<{ readonly client: number; readonly server: number }> {
  const stage = await Stage.open(transport);
  const { proxy, server, reader } = stage;
  try {
    await sleep(700);
    const noticed = new Promise<void>((resolve) => reader.client.on('reconnecting', () => resolve()));
    const begin = performance.now();
    // The old link is dead for both; the client would get in by a new one at once, and so free the server: not here.
    proxy.silence();
    await proxy.refuse(0);
    proxy.toxic = { kind: 'lose-request', at: 0, delayMs: 0 };
    const session = server.push.hub.session(reader.client.id ?? '');
    const gaveUp = poll(() => session?.attached !== true);
    const [client, other] = await Promise.all([noticed.then(() => performance.now()), gaveUp]);
    return { client: client - begin, server: other - begin };
  } finally {
    proxy.toxic = undefined;
    await stage.close();
  }
}

async function poll(holds: () => boolean): Promise<number> {
  const end = performance.now() + 60_000;
  while (!holds() && performance.now() < end) await sleep(10);
  return performance.now();
}

class Stage {
  readonly server: FaultServer;
  readonly proxy: FaultProxy;
  readonly reader: Reader;

  private constructor(server: FaultServer, proxy: FaultProxy, reader: Reader) {
    this.server = server;
    this.proxy = proxy;
    this.reader = reader;
  }

  static async open(transport: NodeTransport): Promise<Stage> {
    const server = await FaultServer.start({ pollWaitMs: { min: 20, max: 20 } });
    const proxy = await FaultProxy.start(server.port, new SeededRandom(1));
    const reader = new Reader(proxy.port, [transport]);
    await reader.ready;
    const stage = new Stage(server, proxy, reader);
    const first = stage.next();
    server.publish('/a/first');
    await first;
    return stage;
  }

  /** Waits for the next event, or the next one that was published after a time. */
  next(after = 0): Promise<void> {
    return new Promise((resolve) => {
      this.reader.watch((item) => {
        if (item.kind !== 'data' || (item.data as { at: number }).at < after) return;
        this.reader.watch(undefined);
        resolve();
      });
    });
  }

  async close(): Promise<void> {
    await this.reader.client.close();
    await this.proxy.close();
    await this.server.close();
  }
}

function percentiles(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1), count: sorted.length };
}
