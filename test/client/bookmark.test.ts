import type { ClientEvent } from '@cometkit/client';
import { createSharedClient } from '@cometkit/client/shared';
import { afterEach, describe, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(async () => {
  await server.close();
});

/** A storage as pages have it. */
class Storage extends Map<string, string> {
  getItem(key: string): string | null {
    return this.get(key) ?? null;
  }

  setItem(key: string, value: string): void {
    this.set(key, value);
  }

  get place(): string | undefined {
    return [...this.values()][0];
  }
}

const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => at + first);

describe('a client that keeps its place', () => {
  it('goes on behind what was read, when a page is loaded again', async () => {
    server = await RealServer.start();
    const persist = new Storage();
    const seen: unknown[] = [];
    for (let life = 0; life < 3; life += 1) {
      const client = server.client({ persist });
      const subscription = client.subscribe('/a');
      subscription.on(({ data }) => seen.push(data));
      if (life === 0) await subscription.ready;
      for (const n of upTo(10 * life + 10, 10 * life + 1)) server.hub.publish('/a', n);
      await until(() => seen.length === 10 * life + 10);
      await until(() => persist.place === client.cursor);
      await client.close();
    }
    expect(seen).toEqual(upTo(30));
  });

  it('counts what waits for its reader as not read', async () => {
    server = await RealServer.start();
    const persist = new Storage();
    const client = server.client({ persist });
    const subscription = client.subscribe('/a');
    await subscription.ready;
    const reader = subscription[Symbol.asyncIterator]();
    const events = upTo(5).map((n) => server.hub.publish('/a', n));
    await reader.next();
    await until(() => client.cursor === events[4]?.cursor);
    await new Promise((resolve) => setImmediate(resolve));
    expect(persist.place).not.toBe(events[4]?.cursor);
    for (let n = 2; n <= 5; n += 1) expect(((await reader.next()).value as ClientEvent).data).toBe(n);
    await until(() => persist.place === events[4]?.cursor);
  });

  it('begins where it is told to, rather than where it was', async () => {
    server = await RealServer.start();
    const persist = new Storage();
    const first = server.client({ persist });
    const seen: unknown[] = [];
    const before = first.subscribe('/a');
    before.on(() => undefined);
    await before.ready;
    server.hub.publish('/a', 1);
    await until(() => persist.place !== undefined);
    await first.close();
    server.hub.publish('/a', 2);
    const resumeFrom = server.hub.cursor();
    server.hub.publish('/a', 3);
    server
      .client({ persist, resumeFrom })
      .subscribe('/a')
      .on(({ data }) => seen.push(data));
    await until(() => seen.length === 1);
    expect(seen).toEqual([3]);
  });

  it('lives with a storage that is forbidden, full, or holds something else', async () => {
    server = await RealServer.start();
    const failing = {
      getItem: (): string => {
        throw new Error('forbidden');
      },
      setItem: (): void => {
        throw new Error('full');
      },
    };
    const strange = { getItem: () => 'no cursor at all', setItem: () => undefined };
    for (const persist of [failing, strange]) {
      const client = server.client({ persist });
      const errors: unknown[] = [];
      client.on('error', (error) => errors.push(error));
      const seen: unknown[] = [];
      const subscription = client.subscribe('/a');
      subscription.on(({ data }) => seen.push(data));
      await subscription.ready;
      server.hub.publish('/a', 1);
      await until(() => seen.length === 1);
      expect(errors).toEqual([]);
    }
  });

  it('is told when it asks for what cannot be', async () => {
    server = await RealServer.start();
    expect(() => server.client({ persist: {} as never })).toThrow('persist');
    expect(() => createSharedClient(server.url, { persist: new Storage() } as never)).toThrow('persist');
  });
});
