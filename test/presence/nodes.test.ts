import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '@cometkit/client';
import { type Presence, presence } from '@cometkit/client/presence';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';
import { Program } from '../support/program.ts';
import { RedisServer, skipsRedis } from '../support/redis.ts';

const file = fileURLToPath(new URL('node.mjs', import.meta.url));
const secret = 'a secret of at least 32 characters';
const ghostMs = 3000;

/** A process. */
interface Node {
  readonly program: Program;
  readonly port: number;
}

/** A client in front of which a proxy stands for the balancer. */
interface Guest {
  readonly client: Client;
  readonly proxy: FaultProxy;
}

describe.skipIf(skipsRedis())('who is there, over processes', () => {
  let redis: RedisServer;
  let nodes: Node[] = [];
  const guests: Guest[] = [];

  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  }, 120_000);
  beforeEach(async () => {
    redis = await RedisServer.start();
    nodes = await Promise.all([start(), start(), start()]);
  }, 60_000);
  afterEach(async () => {
    for (const { client, proxy } of guests.splice(0)) {
      await client.close();
      await proxy.close();
    }
    for (const { program } of nodes) await program.kill();
    await redis.close();
  });

  async function start(): Promise<Node> {
    const program = Program.start('.', [file], { REDIS_URL: redis.url, PUSH_SECRET: secret });
    const address = await program.address(30_000);
    return { program, port: Number(new URL(address).port) };
  }

  async function guest(name: string, { port }: Node): Promise<Guest> {
    const proxy = await FaultProxy.start(port);
    const client = createClient(`http://127.0.0.1:${proxy.port}/push`, {
      headers: () => ({ 'x-user': name }),
    });
    guests.push({ client, proxy });
    return { client, proxy };
  }

  const who = async ({ port }: Node): Promise<string> =>
    ((await (await fetch(`http://127.0.0.1:${port}/who`)).json()) as string[]).join(' ');

  const allSee = (of: readonly Node[], names: string) =>
    eventually(`all to see ${names}`, async () => {
      const seen = await Promise.all(of.map(who));
      return seen.every((one) => one === names);
    });

  /** What a page shows, step by step. */
  function shown(room: Presence): string[] {
    const steps: string[] = [];
    room.on(() => {
      const now = room.members.map(({ id }) => id).join(' ');
      if (now !== steps.at(-1)) steps.push(now);
    });
    return steps;
  }

  it.each([0, 1, 2])(
    'no ghost is there 3 s after kill -9 of node %i, and who comes back elsewhere never left',
    async (index) => {
      const [victim] = nodes.splice(index, 1) as [Node];
      const [other, third] = nodes as [Node, Node];
      const watcher = await guest('watcher', third);
      const room = presence(watcher.client, '/rooms/1');
      await room.ready;
      const steps = shown(room);
      const [mover, ghost, stays] = [
        await guest('mover', victim),
        await guest('ghost', victim),
        await guest('stays', other),
      ];
      // Nodes tell of their own: without a pause the one who came last may be known first.
      for (const [{ client }, names] of [
        [mover, 'mover'],
        [ghost, 'mover ghost'],
        [stays, 'mover ghost stays'],
      ] as const) {
        await client.subscribe('/rooms/1').ready;
        await allSee(nodes, names);
      }
      const { id } = mover.client;
      await new Promise((resolve) => setTimeout(resolve, 3500));
      ghost.proxy.refuse();
      mover.proxy.lead(other.port);
      const begun = performance.now();
      await victim.program.kill();
      await allSee(nodes, 'mover stays');
      const took = performance.now() - begun;
      process.stdout.write(`kill -9 of node ${index}: nobody sees the ghost after ${Math.round(took)} ms\n`);
      expect(took).toBeLessThan(ghostMs);
      await eventually('the page to see it', () => steps.at(-1) === 'mover stays');
      expect(mover.client.id).toBe(id);
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect(steps).toEqual(['mover', 'mover ghost', 'mover ghost stays', 'mover stays']);
    },
    60_000,
  );
});
