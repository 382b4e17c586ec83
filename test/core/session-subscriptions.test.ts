import { describe, expect, it } from 'vitest';
import { type Person, World } from './kit.ts';

const drain = (alice: Person, expected: string[]) => alice.receives(expected);

describe('what a session wants', () => {
  it('is what any of its subscriptions takes, once', () => {
    const world = new World();
    const alice = world.listener('/a');
    const second = alice.subscribes('/a/b');
    world.floods('/a/b', 1);
    alice.unsubscribes(second.id);
    world.floods('/a/b', 1);
    drain(alice, ['/a/b 1', '/a/b 1']);
  });

  it('begins with the subscription and ends with it', () => {
    const world = new World();
    const alice = world.person();
    alice.listens();
    world.floods('/a', 1);
    const { id, from } = alice.subscribes('/a');
    world.hub.publish('/a', 'in');
    const [ended] = alice.unsubscribes(id);
    world.hub.publish('/a', 'out');
    drain(alice, ['/a "in"']);
    expect([from, ended?.until]).toEqual([1, 2]);
  });

  it('includes what was on its way when the subscription ended', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 2);
    alice.unsubscribes();
    world.floods('/a', 2);
    drain(alice, ['/a 1', '/a 2']);
  });

  it('includes it also when it has to be read from the log', () => {
    const world = new World({ queueLimit: 3 });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 5);
    alice.unsubscribes();
    world.floods('/a', 2);
    drain(alice, ['/a 1', '/a 2', '/a 3', '/a 4', '/a 5']);
  });

  it('includes it also when the queue spills only after the end', () => {
    const world = new World({ queueLimit: 3 });
    const alice = world.listener('/b', { reads: false });
    const { id } = alice.subscribes('/a');
    world.floods('/a', 2);
    alice.unsubscribes(id);
    world.floods('/b', 3);
    world.floods('/a', 2);
    drain(alice, ['/a 1', '/a 2', '/b 1', '/b 2', '/b 3']);
  });

  it('is answered for with the first subscription that stands', () => {
    const world = new World();
    const alice = world.person();
    const wide = alice.subscribes('/a', { label: 'wide' });
    const narrow = alice.subscribes('/a/b', { label: 'narrow' });
    expect(alice.session.subscriptionFor('/a/b')).toBe(wide);
    alice.unsubscribes(wide.id);
    expect(alice.session.subscriptionFor('/a/b')).toBe(narrow);
    expect(alice.session.subscriptionFor('/a')).toBeUndefined();
  });

  it('gathers nothing when subscriptions change again and again at a client that does not read (I6)', () => {
    const world = new World({ queueLimit: 2, maxSubscriptions: 10 });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 5);
    let refused = 0;
    for (let n = 0; n < 100; n += 1) {
      try {
        alice.unsubscribes(alice.subscribes(`/b/${n}`).id);
      } catch (error) {
        expect(error).toMatchObject({ code: 'too-many-subscriptions' });
        refused += 1;
      }
    }
    expect(refused).toBe(90);
    alice.reads();
    expect(alice.subscribes('/c').pattern).toBe('/c');
    expect(alice.session.interests.lingering).toBe(0);
  });

  it('may change as often as it likes at a client that keeps up', () => {
    const world = new World({ maxSubscriptions: 10 });
    const alice = world.listener('/a');
    for (let n = 0; n < 1000; n += 1) {
      const { id } = alice.subscribes('/b');
      world.floods('/b', 1);
      alice.unsubscribes(id);
    }
    expect(alice.given).toHaveLength(1000);
  });
});
