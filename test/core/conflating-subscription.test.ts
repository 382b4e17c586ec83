import type { HubOptions, Item, SubscribeOptions } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Person, runs, text, World } from './kit.ts';

const conflate: SubscribeOptions = { conflate: true };

/** A client that acknowledges, and reads only when it is told to. */
function reader(
  subscriptions: Readonly<Record<string, SubscribeOptions>>,
  options: HubOptions = {},
): { world: World; alice: Person } {
  const world = new World(options);
  const alice = world.person();
  alice.session.acknowledges = true;
  for (const [pattern, asked] of Object.entries(subscriptions)) alice.subscribes(pattern, asked);
  alice.listens({ reads: false });
  return { world, alice };
}

function drain({ session }: Person, batch = 1000): Item[] {
  const all: Item[] = [];
  for (let items = session.take(batch); items.length > 0; items = session.take(batch)) {
    all.push(...items);
    session.ack(session.taken);
  }
  return all;
}

const read = (alice: Person): string[] => drain(alice).map(text);

describe('a subscription that asks for the newest', () => {
  it('gets the newest event of each subject, and one gap for its neighbours', () => {
    const { world, alice } = reader({ '/a,/b': conflate });
    world.floods('/a', 3);
    world.floods('/b', 2);
    expect(read(alice)).toEqual(['gap 1-2 outdated', '/a 3', 'gap 4-4 outdated', '/b 2']);
    expect(world.hub.stats().coalesced).toBe(3);
  });

  it('gets everything as long as it keeps up', () => {
    const { world, alice } = reader({ '/a': conflate });
    const got: string[] = [];
    for (let n = 1; n <= 3; n += 1) {
      world.hub.publish('/a', n);
      got.push(...read(alice));
    }
    expect(got).toEqual(['/a 1', '/a 2', '/a 3']);
  });

  it('keeps events of other names apart', () => {
    const { world, alice } = reader({ '/a': conflate });
    world.hub.publish('/a', 1, { name: 'halt' });
    world.hub.publish('/a', 2, { name: 'price' });
    world.hub.publish('/a', 3, { name: 'price' });
    expect(read(alice)).toEqual(['/a 1', 'gap 2-2 outdated', '/a 3']);
  });

  it('leaves alone what another subscription wants in full, and what is sent to it', () => {
    const { world, alice } = reader({ '/a,/b': conflate, '/b': {} });
    world.floods('/b', 2);
    world.hub.send(alice.session.id, '/a', 1);
    world.hub.send(alice.session.id, '/a', 2);
    expect(read(alice)).toEqual(['/b 1', '/b 2', '/a 1', '/a 2']);
  });

  it('does not change what others get, nor what it had taken', () => {
    const { world, alice } = reader({ '/a': conflate });
    const bob = world.listener('/a', { reads: false });
    world.hub.publish('/a', 1);
    expect(alice.session.take().map(text)).toEqual(['/a 1']);
    world.floods('/a', 2);
    expect(read(bob)).toEqual(['/a 1', '/a 1', '/a 2']);
    expect(read(alice)).toEqual(['gap 2-2 outdated', '/a 2']);
  });

  it('gives a client that does not acknowledge the same answer again', () => {
    const world = new World();
    const alice = world.person();
    alice.subscribes('/a', conflate);
    alice.listens({ reads: false });
    world.hub.publish('/a', 1);
    alice.session.take();
    world.floods('/a', 2);
    alice.session.rewind();
    expect(alice.session.take().map(text)).toEqual(['/a 1', 'gap 2-2 outdated', '/a 2']);
  });

  it('withholds the newest too when it is revoked', () => {
    const { world, alice } = reader({ '/a': conflate, '/b': {} });
    world.floods('/a', 3);
    alice.session.take(0);
    world.hub.revoke(alice.session, ({ pattern }) => pattern === '/a');
    world.hub.publish('/b', 1);
    expect(read(alice)).toEqual(['gap 1-3 policy', '/b 1']);
  });

  it('is over with the subscription', () => {
    const { world, alice } = reader({ '/a': conflate });
    world.hub.unsubscribe(alice.session);
    alice.subscribes('/a');
    world.floods('/a', 2);
    expect(read(alice)).toEqual(['/a 1', '/a 2']);
  });
});

describe('a slow reader of the newest', () => {
  it('holds no more than twice what is new, however much is published', () => {
    const { world, alice } = reader({ '/a': conflate });
    let most = 0;
    for (let n = 0; n < 1000; n += 1) {
      world.hub.publish(`/a/${n % 10}`, n);
      most = Math.max(most, alice.session.queued.size);
    }
    expect(most).toBeLessThan(200);
    expect(drain(alice).filter(({ kind }) => kind === 'data')).toHaveLength(10);
  });

  it('does not overflow for what is outdated, whatever the policy', () => {
    const { world, alice } = reader({ '/a': conflate }, { queueLimit: 4, overflow: 'disconnect' });
    world.floods('/a', 100);
    expect(alice.session.closed).toBe(false);
    expect(read(alice).at(-1)).toBe('/a 100');
  });

  it('spills when all subjects are different, and then loses nothing', () => {
    const { world, alice } = reader({ '/a': conflate }, { queueLimit: 4 });
    for (let n = 0; n < 9; n += 1) world.hub.publish(`/a/${n}`, n);
    expect(read(alice)).toEqual(Array.from({ length: 9 }, (_, n) => `/a/${n} ${n}`));
  });

  it('reads only the newest of the log when it comes back', () => {
    const world = new World({ queueLimit: 8 });
    const start = world.hub.cursor();
    world.floods('/a', 1000);
    const alice = world.person({ after: start });
    alice.session.acknowledges = true;
    alice.subscribes('/a', conflate);
    alice.listens({ after: start, reads: false });
    expect(alice.session.take(3).map(text)).toEqual(['gap 1-999 outdated', '/a 1000']);
  });

  it('is told of what the log has lost as of something lost', () => {
    const { world, alice } = reader({ '/a': conflate }, { queueLimit: 4, log: { maxEvents: 10 } });
    for (let n = 0; n < 20; n += 1) world.hub.publish(`/a/${n}`, n);
    world.floods('/a', 3);
    expect(read(alice)[0]).toMatch(/^gap 1-13 overflow$/);
  });
});

const subject = fc.constantFrom('/a/1', '/a/2', '/b/1', '/c');
const step = fc.oneof(
  fc.record({ publish: subject, name: fc.constantFrom(undefined, 'x') }),
  fc.record({ take: fc.integer({ min: 1, max: 4 }), ack: fc.boolean() }),
  fc.constantFrom('rewind', 'away', 'back'),
);

describe('whatever is published and read', () => {
  it('comes once and in order, or a gap stands for it; what is replaced has a newer one; the newest comes', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 2, max: 12 }), (steps, queueLimit) => {
        const { world, alice } = reader({ '/a': conflate, '/b': {}, '/c': conflate }, { queueLimit });
        const got: Item[] = [];
        const published: { position: number; key: string; exact: boolean }[] = [];
        const take = (count: number, ack: boolean): void => {
          const items = alice.session.take(count);
          // A client passes over what it has had.
          for (const item of items)
            if ((item.kind === 'data' ? item.position : item.to) > reached(got)) got.push(item);
          if (ack) alice.session.ack(alice.session.taken);
        };
        for (const one of steps) {
          if (one === 'away') alice.loses();
          else if (one === 'back') alice.listens({ reads: false });
          else if (one === 'rewind') alice.session.rewind();
          else if ('take' in one) take(one.take, one.ack);
          else {
            const { position = 0 } = world.hub.publish(one.publish, 1, { name: one.name }).event ?? {};
            const key = `${one.publish} ${one.name}`;
            published.push({ position, key, exact: one.publish.startsWith('/b') });
          }
          expect(alice.session.queued.size).toBeLessThanOrEqual(queueLimit);
        }
        alice.session.rewind();
        for (let left = 0; left !== got.length || alice.session.waiting; ) {
          left = got.length;
          take(5, true);
        }
        for (const { position, key, exact } of published) {
          const item = got.find((one) =>
            one.kind === 'data' ? one.position === position : one.from <= position && position <= one.to,
          );
          expect(item).toBeDefined();
          if (item?.kind !== 'gap') continue;
          expect(item.reason).toBe('outdated');
          expect(exact).toBe(false);
          const newer = published.filter((one) => one.key === key && one.position > position);
          expect(newer.length).toBeGreaterThan(0);
        }
      }),
      runs(100),
    );
  });
});

function reached(items: readonly Item[]): number {
  const last = items.at(-1);
  if (last === undefined) return 0;
  return last.kind === 'data' ? last.position : last.to;
}
