import { describe, expect, it } from 'vitest';
import { heapAfter } from './heap.ts';
import { people, World } from './kit.ts';

describe('a session', () => {
  it('takes at most as much as is asked for, and as a queue may hold otherwise', () => {
    const world = new World({ queueLimit: 3, queueBytes: 1000 });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 2);
    expect(alice.session.take(1)).toHaveLength(1);
    expect(alice.session.take(5, 1)).toHaveLength(1);
    expect(alice.session.waiting).toBe(false);
  });

  it('refers to events and does not copy them', () => {
    const world = new World();
    const people = [world.listener('/a', { reads: false }), world.listener('/a', { reads: false })];
    const event = world.hub.publish('/a', { big: 'data' });
    for (const { session } of people) expect(session.take()[0]).toBe(event);
  });

  it('says how much it refers to', () => {
    const { world, alice } = people();
    alice.subscribes('/a');
    const { bytes } = world.hub.publish('/a', 1);
    expect(alice.session.queued).toMatchObject({ size: 1, bytes });
  });

  it('holds nothing and takes nothing in once it has ended', () => {
    const { world, hub, alice } = people();
    alice.subscribes('/a');
    alice.listens({ reads: false });
    world.floods('/a', 3);
    alice.session.take(1);
    hub.leave(alice.session);
    hub.broadcast('/x', 1);
    alice.session.rewind();
    expect(alice.session.take()).toEqual([]);
    expect(alice.session).toMatchObject({ closed: true, waiting: false, attached: false });
    expect(alice.session.queued).toMatchObject({ size: 0, bytes: 0 });
  });

  it('acknowledges nothing after its end that would wake somebody', () => {
    const { world, hub, alice } = people({ queueLimit: 2 });
    alice.subscribes('/a');
    const { calls } = alice.listens({ reads: false });
    world.floods('/a', 5);
    alice.session.take();
    hub.leave(alice.session);
    calls.length = 0;
    alice.session.ack(2);
    expect(calls).toEqual([]);
  });

  it('costs at most 2 KiB while it sleeps, and its subscriptions', () => {
    const world = new World();
    const count = 5000;
    const join = () => Array.from({ length: count }, () => world.hub.join());
    heapAfter(() => join().map((session) => world.hub.leave(session)));
    const each = heapAfter(join) / count;
    expect(each).toBeLessThan(2048);
  });

  it('costs nothing more for events that wait for it, however large', () => {
    const world = new World({ log: { maxEvents: 100 } });
    const sessions = Array.from({ length: 1000 }, () => world.hub.join());
    for (const session of sessions) world.hub.subscribe(session, '/a');
    const large = 'x'.repeat(10_000);
    const used = heapAfter(() => {
      for (let n = 0; n < 100; n += 1) world.hub.publish('/a', large + n);
      return sessions;
    });
    // 100 events of 10 KB, and 8 bytes for each of 100,000 references and their arrays; copies would be 1 GB.
    expect(used).toBeLessThan(8_000_000);
  });

  it('leaves nothing behind when it is opened, killed and resumed again and again', () => {
    const world = new World({ leaseMs: 1000, embryonicLeaseMs: 1000 });
    let after = world.hub.cursor();
    const round = () => {
      const alice = world.person({ after });
      alice.subscribes('/a');
      alice.listens({ after });
      alice.loses();
      after = world.hub.publish('/a', 1).cursor;
    };
    for (let n = 0; n < 10_000; n += 1) {
      round();
      world.advance(10);
    }
    world.advance(30_000);
    expect(world.hub.stats()).toMatchObject({
      sessions: 0,
      subscriptions: 0,
      queuedEvents: 0,
      expired: 10_000,
    });
  });
});
