import { describe, expect, it } from 'vitest';
import { PublishMemory } from '../../packages/core/src/idempotency.ts';
import { type MemoryLimits, SessionMemory } from '../../packages/core/src/session-memory.ts';
import { World } from './kit.ts';

describe('a publish with a message id', () => {
  it('is accepted once, however often it is sent again (N-15)', () => {
    const world = new World();
    const [alice, bob] = [world.person(), world.listener('/a')];
    const first = alice.publishes('/a', 1, { messageId: 'm1' });
    expect(alice.publishes('/a', 1, { messageId: 'm1' })).toBe(first);
    expect(alice.publishes('/a', 2, { messageId: 'm2' })).not.toBe(first);
    bob.receives(['/a 1', '/a 2']);
    expect(world.hub.stats().published).toBe(2);
  });

  it('is its own for each session', () => {
    const world = new World();
    const [alice, anna, bob] = [world.person(), world.person(), world.listener('/a')];
    alice.publishes('/a', 1, { messageId: '__proto__' });
    anna.publishes('/a', 2, { messageId: '__proto__' });
    bob.receives(['/a 1', '/a 2']);
  });

  it('counts for unicast, principals and broadcasts as well', () => {
    const world = new World();
    const [alice, bob] = [world.person(), world.person({ principal: 'bob' })];
    for (let n = 0; n < 2; n += 1) {
      const from = alice.session;
      world.hub.send(bob.session.id, '/a', 1, { from, messageId: 'one' });
      world.hub.sendToPrincipal('bob', '/a', 2, { from, messageId: 'two' });
      world.hub.broadcast('/a', 3, { from, messageId: 'three' });
    }
    bob.receives(['/a 1', '/a 2', '/a 3']);
  });

  it('is not remembered when it was refused', () => {
    const { alice, world } = { alice: new World().person(), world: new World() };
    expect(() => alice.publishes('a', 1, { messageId: 'm' })).toThrow('invalid-subject');
    expect(alice.publishes('/a', 1, { messageId: 'm' }).position).toBe(1);
    world.hub.close();
  });

  it('is accepted once also by a subscriber that answers it with the same again', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    alice.transport.onWake = () => void alice.publishes('/a', 1, { messageId: 'm' });
    alice.publishes('/a', 1, { messageId: 'm' });
    alice.receives(['/a 1']);
  });

  it('gives the same place even when the log has forgotten the event', () => {
    const world = new World({ log: { maxEvents: 2 } });
    const alice = world.person();
    const first = alice.publishes('/a', { big: 'data' }, { messageId: 'm' });
    world.floods('/b', 5);
    world.advance(1000);
    const again = alice.publishes('/a', { big: 'data' }, { messageId: 'm' });
    expect(again).toEqual(first);
    expect(again.data).toEqual({ big: 'data' });
    expect(world.hub.stats().published).toBe(6);
  });

  it('means nothing without a session', () => {
    const world = new World();
    const bob = world.listener('/a');
    world.hub.publish('/a', 1, { messageId: 'm' });
    world.hub.publish('/a', 1, { messageId: 'm' });
    bob.receives(['/a 1', '/a 1']);
  });

  it('is forgotten after two minutes', () => {
    const world = new World();
    const alice = world.listener('/a');
    alice.publishes('/a', 1, { messageId: 'm' });
    world.advance(119_900);
    alice.publishes('/a', 2, { messageId: 'm' });
    world.advance(100);
    alice.publishes('/a', 3, { messageId: 'm' });
    alice.receives(['/a 1', '/a 3']);
  });
});

const memoryOf = (limits: Partial<MemoryLimits>) =>
  new SessionMemory({ sessionBytes: 32_768, hubSessionBytes: 1e9, maxSessions: 10, ...limits });

describe('the memory of what was published', () => {
  it('keeps the last 1,024 ids of a session and none that is too old', () => {
    const world = new World();
    const { session } = world.person();
    const event = world.hub.publish('/a', 1);
    const memory = new PublishMemory(memoryOf({}));
    for (let n = 0; n < 2000; n += 1) memory.remember(session, `m${n}`, event, 0);
    const known = (n: number, now = 0) => memory.lookup(session, `m${n}`, now) !== undefined;
    expect([known(975), known(976), known(1999)]).toEqual([false, true, true]);
    memory.remember(session, 'late', event, 120_000);
    expect([known(1999, 120_000), memory.lookup(session, 'late', 120_000)?.position]).toEqual([false, 1]);
  });

  it('holds no event, which would keep alive what the log has let go', () => {
    const world = new World();
    const { session } = world.person();
    const memory = new PublishMemory(memoryOf({}));
    memory.remember(session, 'm', world.hub.publish('/a', 'large'), 0);
    expect(memory.lookup(session, 'm', 0)).toEqual({
      position: 1,
      cursor: world.hub.cursor(),
      at: 0,
    });
  });

  it('keeps fewer ids when all sessions together hold what they may', () => {
    const { session } = new World().person();
    const counts = [1e9, 100_000].map((hubSessionBytes) => {
      const memory = new PublishMemory(memoryOf({ hubSessionBytes, maxSessions: 20 }));
      const counted = memoryOf({ hubSessionBytes, maxSessions: 20 });
      counted.share(90_000);
      const tight = new PublishMemory(counted);
      const event = new World().hub.publish('/a', 1);
      for (let n = 0; n < 1024; n += 1)
        for (const one of [memory, tight]) one.remember(session, `m${n}`, event, 0);
      const known = (one: PublishMemory) =>
        Array.from({ length: 1024 }, (_, n) => one.lookup(session, `m${n}`, 0)).filter(
          (found) => found !== undefined,
        );
      return [known(memory).length, known(tight).length];
    });
    // An equal share is 5,000 bytes.
    expect(counts).toEqual([
      [1024, 1024],
      [1024, 128],
    ]);
  });

  it('goes on counting after 49 days, and for what was published before', () => {
    const world = new World();
    const { session } = world.person();
    const memory = new PublishMemory(memoryOf({}));
    const event = world.hub.publish('/a', 1);
    const { cursor } = event;
    for (const [position, at] of [
      [7, 0],
      [3, 10],
      [9, 2 ** 32 + 100],
    ] as const) {
      memory.remember(session, `m${position}`, { ...event, cursor, position }, at);
      expect(memory.lookup(session, `m${position}`, at)).toMatchObject({ position, at });
    }
  });
});
