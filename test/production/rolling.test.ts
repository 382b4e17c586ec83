import { createPublisher } from '@cometkit/redis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { started } from '../cli/kit.ts';
import { eventually } from '../support/eventually.ts';
import { skipsService } from '../support/skips-service.ts';
import { Fleet } from './fleet.ts';

// Processes are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

// Windows ends a process at once where others send it a signal.
const skipped = ['redis', 'haproxy'].filter(skipsService).length > 0 || process.platform === 'win32';

/** What a line of `listen --json` says. */
interface Item {
  readonly kind: string;
  readonly subject: string;
  readonly data: { readonly n: number; readonly by: string };
  readonly cursor: string;
}

/** The program `cometkit listen` behind HAProxy. */
class Listening {
  readonly #program: ReturnType<typeof started>;

  constructor(fleet: Fleet, transport: string) {
    const args = ['listen', fleet.url, '/n', '/system/clock', '--json', '-t', transport];
    this.#program = started(args, { NODE_EXTRA_CA_CERTS: fleet.authority });
  }

  /** Waits until its channel is open. */
  async ready(): Promise<void> {
    await eventually('it is open', () => this.#program.printed().includes('-- open'), 60_000);
  }

  items(): Item[] {
    const lines = this.#program.printed().split('\n');
    return lines.filter((line) => line.startsWith('{') && line.endsWith('}')).map((line) => JSON.parse(line));
  }

  numbers(): number[] {
    return this.items().flatMap(({ subject, data }) => (subject === '/n' ? [data.n] : []));
  }

  /** The places of all events from the first number on. */
  cursors(): string[] {
    const items = this.items();
    return items.slice(items.findIndex(({ subject }) => subject === '/n')).map(({ cursor }) => cursor);
  }

  /** Interrupts it. @returns its last lines. */
  async stop(): Promise<string> {
    this.#program.child.kill('SIGINT');
    return (await this.#program.ended).err;
  }

  kill(): void {
    this.#program.child.kill('SIGKILL');
  }
}

describe.skipIf(skipped)('a rolling deploy of three nodes behind HAProxy', () => {
  let fleet: Fleet;
  const clients: Listening[] = [];

  beforeAll(async () => {
    if (!build()) throw new Error('the packages do not build');
    fleet = await Fleet.start();
  });
  afterAll(async () => {
    for (const client of clients) client.kill();
    await fleet?.close();
  });

  it('loses, repeats and reorders nothing for the command line, over streams and long polls', async () => {
    clients.push(...['stream', 'stream', 'long-poll'].map((transport) => new Listening(fleet, transport)));
    await Promise.all(clients.map((client) => client.ready()));
    const publisher = createPublisher({ url: fleet.redis.url });
    let published = 0;
    const publishing = setInterval(() => void publisher.publish('/n', { n: published++ }).accepted(), 25);
    for (const [at, node] of fleet.nodes.entries()) {
      expect(await node.stop()).toBe(0);
      await node.start();
      await fleet.sees(3);
      const before = published;
      await eventually(`events after restart ${at + 1}`, () =>
        clients.every((client) => (client.numbers().at(-1) ?? 0) > before),
      );
    }
    clearInterval(publishing);
    await eventually('the last event', () =>
      clients.every((client) => client.numbers().at(-1) === published - 1),
    );
    const all = Array.from({ length: published }, (_, n) => n);
    for (const client of clients) {
      expect(client.numbers()).toEqual(all);
      expect(client.items().filter(({ kind }) => kind !== 'data')).toEqual([]);
    }
    // What the nodes published themselves, also while they drained, stands between in one order for all.
    const [one, ...others] = clients.map((client) => client.cursors());
    const last = Math.min(...clients.map((client) => client.cursors().length));
    for (const other of others) expect(other.slice(0, last)).toEqual(one?.slice(0, last));
    const by = new Set(clients[0]?.items().flatMap(({ data }) => data.by ?? []));
    expect([...by].sort()).toEqual(['node1', 'node2', 'node3']);
    for (const client of clients) expect(await client.stop()).toMatch(/, 0 gaps, \d+ reconnects? in/);
    await publisher.close();
  });
});
