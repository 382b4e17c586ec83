import { describe, expect, it } from 'vitest';
import { World } from './kit.ts';

describe('the figures of a hub', () => {
  it('are zero at first', () => {
    expect(new Set(Object.values(new World().hub.stats()))).toEqual(new Set([0]));
  });

  it('count what is there and what happened', () => {
    const world = new World({ queueLimit: 4, log: { maxEvents: 5 }, embryonicLeaseMs: 1000 });
    const alice = world.listener('/a,/b', { reads: false });
    world.person();
    world.floods('/a', 9);
    alice.session.take(2);
    alice.session.ack(99);
    world.advance(1000);
    const { logBytes, queuedBytes, sessionBytes, ...stats } = world.hub.stats();
    expect(stats).toEqual({
      sessions: 1,
      attached: 1,
      grouped: 0,
      behind: 1,
      lagEvents: 4,
      subscriptions: 1,
      logEvents: 5,
      queuedEvents: 2,
      published: 9,
      taken: 2,
      gaps: 1,
      overflows: 1,
      coalesced: 0,
      resumed: 0,
      resumedBehindGap: 0,
      refusedAcks: 1,
      opened: 2,
      expired: 1,
    });
    expect([logBytes > 0, queuedBytes > 0, sessionBytes > 1000]).toEqual([true, true, true]);
  });

  it('count an event once for each queue that refers to it', () => {
    const world = new World();
    for (let n = 0; n < 3; n += 1) world.listener('/a', { reads: false });
    const { bytes } = world.hub.publish('/a', 1);
    expect(world.hub.stats()).toMatchObject({ queuedEvents: 3, queuedBytes: 3 * bytes, logBytes: bytes });
  });
});
