import { describe, expect, it } from 'vitest';
import { HeartbeatScheduler } from '../../packages/core/src/heartbeat.ts';
import { Recorder, World } from './kit.ts';

describe('heartbeats', () => {
  it('come when nothing was written for the idle time of the transport, and then again and again', () => {
    const world = new World();
    const { transport } = world.listener('/a', { idleMs: 5000 });
    world.advance(4900);
    expect(transport.count('idle')).toBe(0);
    world.advance(100);
    expect(transport.count('idle')).toBe(1);
    world.advance(15_000);
    expect(transport.count('idle')).toBe(4);
  });

  it('of many do not come all at once, although one event has gone to all of them', () => {
    const world = new World();
    const transports = Array.from({ length: 2000 }, () => world.listener('/a', { idleMs: 10_000 }).transport);
    world.advance(3000);
    world.hub.publish('/a', 'to everybody');
    for (const session of world.hub.sessions()) world.hub.noteWrite(session);
    world.advance(7000);
    const counts: number[] = [];
    let told = 0;
    for (let tick = 0; tick < 40; tick += 1) {
      world.advance(100);
      const now = transports.reduce((sum, transport) => sum + transport.count('idle'), 0);
      if (now > told) counts.push(now - told);
      told = now;
    }
    expect(told).toBe(2000);
    expect(Math.max(...counts)).toBeLessThan(1100);
  });

  it('never come to a transport that is busy', () => {
    const world = new World();
    const { transport } = world.listener('/a', { idleMs: 1000 });
    for (let n = 0; n < 100; n += 1) {
      world.hub.publish('/a', n);
      world.advance(900);
    }
    expect(transport.count('idle')).toBe(0);
    world.advance(1000);
    expect(transport.count('idle')).toBe(1);
  });

  it('are reckoned from the last byte that went out, not from the last event', () => {
    const world = new World();
    const { transport, session } = world.listener('/a', { idleMs: 1000, reads: false });
    world.advance(600);
    world.hub.publish('/a', 1);
    world.advance(400);
    expect(transport.count('idle')).toBe(1);
    world.advance(500);
    world.hub.noteWrite(session);
    world.advance(900);
    expect(transport.count('idle')).toBe(1);
  });

  it('keep to the transport that is open now, whether it is more or less patient than the last', () => {
    const world = new World();
    const alice = world.listener('/a', { idleMs: 20_000 });
    const first = alice.transport;
    world.advance(1000);
    const quick = alice.listens({ idleMs: 2000 });
    world.advance(10_000);
    const slow = alice.listens({ idleMs: 8000 });
    world.advance(16_000);
    expect([first, quick, slow].map((transport) => transport.count('idle'))).toEqual([0, 5, 2]);
  });

  it('come once each, however many transports came and went', () => {
    const world = new World();
    const alice = world.listener('/a', { idleMs: 3000 });
    for (const idleMs of [2000, 1000, 1500, 500, 3000]) alice.listens({ idleMs });
    alice.loses();
    const last = alice.listens({ idleMs: 1000 });
    world.advance(10_000);
    expect(last.count('idle')).toBe(10);
  });

  it('come at most once after a long pause', () => {
    const world = new World();
    const { transport } = world.listener('/a', { idleMs: 1000 });
    world.runtime.time += 3_600_000;
    world.hub.tick();
    expect(transport.count('idle')).toBe(1);
    world.advance(1000);
    expect(transport.count('idle')).toBe(2);
  });

  it('come with every tick, not more, to a transport without patience', () => {
    const world = new World();
    const { transport } = world.listener('/a', { idleMs: 0 });
    world.advance(1000);
    expect(transport.count('idle')).toBe(10);
    world.runtime.time += 10_000;
    world.hub.tick();
    expect(transport.count('idle')).toBe(11);
  });

  it('never come to a transport that can wait for ever', () => {
    const world = new World();
    const patient = [Number.MAX_SAFE_INTEGER, Number.POSITIVE_INFINITY].map(
      (idleMs) => world.listener('/a', { idleMs }).transport,
    );
    world.advance(600_000);
    expect(patient.map(({ calls }) => calls)).toEqual([[], []]);
  });

  it('move by the time that the process stood still', () => {
    const world = new World();
    const { transport } = world.listener('/a', { idleMs: 5000 });
    world.advance(4000);
    world.runtime.time += 60_000;
    world.hub.skipTime(60_000);
    world.advance(900);
    expect(transport.count('idle')).toBe(0);
    world.advance(100);
    expect(transport.count('idle')).toBe(1);
  });

  it('bear a transport that ends, or makes way for another, when it is told', () => {
    const world = new World();
    const [alice, bob] = [world.listener('/a', { idleMs: 1000 }), world.listener('/a', { idleMs: 1000 })];
    alice.transport.onIdle = () => alice.loses();
    const settled = bob.transport;
    settled.onIdle = () => void bob.listens({ idleMs: 500 });
    world.advance(2000);
    expect(alice.transport.count('idle')).toBe(1);
    expect([settled.calls, bob.transport.count('idle')]).toEqual([['idle', 'superseded'], 2]);
  });

  it('bear a session that leaves when it is told', () => {
    const world = new World();
    const alice = world.listener('/a', { idleMs: 1000 });
    alice.transport.onIdle = () => world.hub.leave(alice.session);
    world.advance(5000);
    expect(alice.transport.calls).toEqual(['idle', 'left']);
  });
});

describe('the wheel of heartbeats', () => {
  it('lets go of sessions that ended, however patient their transports were', () => {
    const world = new World();
    const told: unknown[] = [];
    const scheduler = new HeartbeatScheduler(0, (session) => told.push(session));
    for (const idleMs of [Number.MAX_SAFE_INTEGER, 20_000, Number.POSITIVE_INFINITY, 60_000]) {
      const { session } = world.person();
      session.setTransport(new Recorder(idleMs));
      scheduler.watch(session, 0);
      session.end();
    }
    for (let now = 0; now <= 60_000; now += 100) scheduler.run(now);
    expect([scheduler.size, told]).toEqual([0, []]);
  });

  it('holds a session that opens a transport again and again once', () => {
    const { session } = new World().person();
    const scheduler = new HeartbeatScheduler(0, () => undefined);
    for (let now = 0; now < 10_000; now += 10) {
      session.setTransport(new Recorder(20_000));
      scheduler.watch(session, now);
    }
    expect(scheduler.size).toBe(1);
  });

  it('forgets the entries that nearer ones have overtaken', () => {
    const { session } = new World().person();
    const scheduler = new HeartbeatScheduler(0, () => undefined);
    for (const idleMs of [20_000, 10_000, 5000, 1000]) {
      session.setTransport(new Recorder(idleMs));
      scheduler.watch(session, 0);
    }
    expect(scheduler.size).toBe(4);
    for (let now = 0; now <= 21_000; now += 100) scheduler.run(now);
    expect(scheduler.size).toBe(1);
  });

  it('holds a session once whose transport makes way for another whenever it is told', () => {
    const { session } = new World().person();
    const scheduler: HeartbeatScheduler = new HeartbeatScheduler(0, () => {
      session.setTransport(new Recorder(1000));
      scheduler.watch(session, session.wroteAt);
    });
    session.setTransport(new Recorder(1000));
    scheduler.watch(session, 0);
    for (let now = 0; now <= 50_000; now += 100) scheduler.run(now);
    expect(scheduler.size).toBe(1);
  });

  it('does not hold a session without a transport', () => {
    const { session } = new World().person();
    const scheduler = new HeartbeatScheduler(0, () => undefined);
    scheduler.watch(session, 0);
    expect(scheduler.size).toBe(0);
  });
});
