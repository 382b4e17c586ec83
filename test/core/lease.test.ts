import { describe, expect, it } from 'vitest';
import { Leases } from '../../packages/core/src/lease.ts';
import { World } from './kit.ts';

const options = { leaseMs: 60_000, embryonicLeaseMs: 10_000 };

/** The seconds after which a session is gone that does nothing more. */
function lifetime(world: World, id: string): number {
  const start = world.runtime.time;
  while (world.hub.session(id) !== undefined && world.runtime.time < start + 600_000) world.advance(100);
  return (world.runtime.time - start) / 1000;
}

describe('the lease of a session', () => {
  it('is short until the first request that follows the join', () => {
    const world = new World(options);
    const alice = world.person();
    alice.subscribes('/a');
    expect(lifetime(world, alice.session.id)).toBe(10);
    expect(world.hub.stats()).toMatchObject({ sessions: 0, subscriptions: 0, expired: 1, opened: 1 });
  });

  it('runs from the last request once there was one', () => {
    const world = new World(options);
    const { session } = world.person();
    world.advance(5000);
    world.hub.renewLease(session);
    expect(lifetime(world, session.id)).toBe(60);
  });

  it('is renewed by every request', () => {
    const world = new World(options);
    const { session } = world.person();
    for (let n = 0; n < 10; n += 1) {
      world.hub.renewLease(session);
      world.advance(59_000);
    }
    expect(session.closed).toBe(false);
    expect(lifetime(world, session.id)).toBe(1);
  });

  it('stands still while a transport is open and runs anew from its end (I10)', () => {
    const world = new World(options);
    const alice = world.listener('/a');
    world.advance(500_000);
    alice.loses();
    expect(lifetime(world, alice.session.id)).toBe(60);
  });

  it('ends with a notice, and the id is dead for ever', () => {
    const world = new World(options);
    const closed: string[] = [];
    world.hub.on('session-closed', ({ id }, reason) => closed.push(`${id} ${reason}`));
    const { session } = world.person();
    world.advance(10_000);
    expect(closed).toEqual([`${session.id} expired`]);
    world.hub.renewLease(session);
    world.advance(100_000);
    expect(world.hub.session(session.id)).toBeUndefined();
    expect(closed).toHaveLength(1);
  });

  it('moves by the time that the process stood still: no mass expiry after a suspension (P-05)', () => {
    const world = new World(options);
    const sessions = Array.from({ length: 50 }, () => world.person().session);
    for (const session of sessions) world.hub.renewLease(session);
    world.advance(50_000);
    world.runtime.time += 3_600_000;
    world.hub.skipTime(3_600_000);
    world.advance(9900);
    expect(world.hub.stats().sessions).toBe(50);
    world.advance(100);
    expect(world.hub.stats().sessions).toBe(0);
  });

  it('ends late, not never, when nobody ticks for a long time', () => {
    const world = new World(options);
    const { session } = world.person();
    world.runtime.time += 3_600_000;
    expect(session.closed).toBe(false);
    world.hub.tick();
    expect(session.closed).toBe(true);
  });

  it.each([-5, 0, Number.NaN])('is not moved by a stall of %d ms', (stallMs) => {
    const world = new World(options);
    const { session } = world.person();
    world.hub.skipTime(stallMs);
    expect(lifetime(world, session.id)).toBe(10);
  });

  it('is kept by a flood of joins that never come back: they are gone when their short lease is', () => {
    const world = new World({ ...options, maxSessions: 100 });
    for (let n = 0; n < 100; n += 1) world.person();
    expect(() => world.person()).toThrow('too-many-sessions');
    world.advance(10_000);
    expect(world.hub.stats()).toMatchObject({ sessions: 0, expired: 100 });
    expect(world.person().session.closed).toBe(false);
  });
});

describe('the wheel of leases', () => {
  it('holds a session until its lease is looked at, and no longer when it has ended', () => {
    const { hub, runtime } = new World(options);
    const session = hub.join();
    const expired: unknown[] = [];
    const leases = new Leases(hub.limits, runtime.time, (gone) => expired.push(gone));
    leases.start(session);
    session.end();
    expect(leases.size).toBe(1);
    leases.run(runtime.time + 10_000);
    expect([leases.size, expired]).toEqual([0, []]);
  });
});
