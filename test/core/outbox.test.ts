import type { Overflow } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { numbers, type Person, text, World } from './kit.ts';

/** A client that reads nothing by itself, with a queue for four items. */
function slow(options: { overflow?: Overflow; keep?: number; reads?: boolean } = {}): {
  world: World;
  alice: Person;
} {
  const { overflow = 'spill', keep = 1000 } = options;
  const world = new World({ queueLimit: 4, overflow, log: { maxEvents: keep } });
  const alice = world.listener('/a,/b', { reads: false });
  alice.session.acknowledges = true;
  return { world, alice };
}

const take = (alice: Person, count?: number) => alice.session.take(count).map(text);
const ackTaken = ({ session }: Person) => session.ack(session.taken);

/** Takes and acknowledges until nothing is left. */
function drain(alice: Person): string[] {
  const all: string[] = [];
  for (let items = take(alice); items.length > 0; items = take(alice)) {
    all.push(...items);
    ackTaken(alice);
  }
  return all;
}

describe('a feed that does not overflow', () => {
  it('hands out in the order of the log and keeps until acknowledged', () => {
    const { world, alice } = slow();
    world.floods('/a', 3);
    expect(take(alice, 2)).toEqual(numbers('/a', 1, 2));
    expect([alice.session.taken, alice.session.acked, alice.session.queued.size]).toEqual([2, 0, 3]);
    expect(ackTaken(alice)).toBe(true);
    expect([alice.session.acked, alice.session.queued.size]).toEqual([2, 1]);
  });

  it('stands where the last item that was taken says', () => {
    const { world, alice } = slow();
    const start = world.hub.cursor();
    expect(alice.session.cursor).toBe(start);
    world.floods('/a', 2);
    take(alice, 1);
    expect(alice.session.cursor).not.toBe(world.hub.cursor());
    take(alice, 1);
    expect(alice.session.cursor).toBe(world.hub.cursor());
    alice.session.rewind();
    expect(alice.session.cursor).toBe(start);
  });

  it('gives again what was not acknowledged', () => {
    const { world, alice } = slow();
    world.floods('/a', 3);
    take(alice);
    alice.session.ack(1);
    alice.session.rewind();
    expect(alice.session.taken).toBe(1);
    expect(take(alice)).toEqual(numbers('/a', 2, 3));
  });

  it('acknowledges up to a place between two items', () => {
    const { world, alice } = slow();
    world.floods('/a', 1);
    world.floods('/other', 5);
    world.floods('/a', 1);
    take(alice);
    expect(alice.session.ack(4)).toBe(true);
    expect([alice.session.acked, alice.session.queued.size]).toEqual([1, 1]);
  });

  it.each([0.5, 3, -1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses to acknowledge %d and counts it',
    (place) => {
      const { world, alice } = slow();
      world.floods('/a', 3);
      take(alice, 2);
      alice.session.ack(1);
      expect(alice.session.ack(place)).toBe(false);
      expect([alice.session.acked, alice.session.taken, alice.session.queued.size]).toEqual([1, 2, 2]);
      expect(world.hub.stats().refusedAcks).toBe(1);
    },
  );

  it('knows since when something is unacknowledged, and only progress changes that', () => {
    const { world, alice } = slow();
    const start = world.runtime.time;
    expect(alice.session.unackedSince).toBe(Number.POSITIVE_INFINITY);
    world.floods('/a', 3);
    take(alice, 2);
    world.advance(1000);
    take(alice);
    expect(alice.session.unackedSince).toBe(start);
    alice.session.ack(0);
    expect(alice.session.unackedSince).toBe(start);
    alice.session.ack(1);
    expect(alice.session.unackedSince).toBe(start + 1000);
    ackTaken(alice);
    expect(alice.session.unackedSince).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a feed that spills', () => {
  it('forgets what waits and reads it from the log in its turn', () => {
    const { world, alice } = slow();
    world.floods('/a', 6);
    expect([alice.session.queued.size, alice.session.waiting]).toEqual([0, true]);
    world.floods('/b', 2);
    expect(drain(alice)).toEqual([...numbers('/a', 1, 6), ...numbers('/b', 1, 2)]);
    expect(alice.session.waiting).toBe(false);
    expect(world.hub.stats()).toMatchObject({ overflows: 1, gaps: 0, queuedEvents: 0, queuedBytes: 0 });
  });

  it('keeps what was taken and not acknowledged', () => {
    const { world, alice } = slow();
    world.floods('/a', 3);
    take(alice, 2);
    world.floods('/b', 3);
    expect(alice.session.queued.size).toBe(2);
    alice.session.rewind();
    expect(drain(alice)).toEqual([...numbers('/a', 1, 3), ...numbers('/b', 1, 3)]);
  });

  it('gives nothing more while its queue is full of unacknowledged items', () => {
    const { world, alice } = slow();
    world.floods('/a', 9);
    expect(take(alice)).toEqual(numbers('/a', 1, 4));
    expect(take(alice)).toEqual([]);
    alice.session.ack(3);
    expect(take(alice)).toEqual(numbers('/a', 5, 7));
  });

  it('wakes its transport when an acknowledgement makes room, and only then', () => {
    const { world, alice } = slow();
    world.floods('/a', 9);
    take(alice);
    const { calls } = alice.transport;
    calls.length = 0;
    alice.session.ack(0);
    expect(calls).toEqual([]);
    alice.session.ack(1);
    expect(calls).toEqual(['wake']);
  });

  it('leaves events be that nobody wanted when they came', () => {
    const { world, alice } = slow();
    world.floods('/a', 5);
    world.floods('/c', 5);
    alice.subscribes('/c');
    world.floods('/c', 1);
    expect(drain(alice)).toEqual([...numbers('/a', 1, 5), '/c 1']);
  });

  it('tells the exact range that the log has lost meanwhile, once (I4)', () => {
    const { world, alice } = slow({ keep: 5 });
    world.floods('/a', 20);
    expect(drain(alice)).toEqual(['gap 1-15 overflow', ...numbers('/a', 16, 20)]);
    expect(world.hub.stats()).toMatchObject({ gaps: 1, queuedEvents: 0 });
  });

  it('says that it was away, not slow, when nobody took anything', () => {
    const { world, alice } = slow({ keep: 5 });
    world.floods('/a', 2);
    take(alice);
    alice.session.ack(2);
    alice.loses();
    world.floods('/a', 50);
    alice.listens({ reads: false });
    expect(drain(alice)).toEqual(['gap 3-47 trimmed', ...numbers('/a', 46, 50)]);
  });

  it('gathers no gaps at a client that acknowledges nothing while the log runs away', () => {
    const { world, alice } = slow({ keep: 3 });
    for (let n = 0; n < 500; n += 1) {
      world.floods('/a', 1);
      take(alice);
    }
    expect(alice.session.queued.size).toBe(4);
    expect(world.hub.stats().gaps).toBe(0);
    ackTaken(alice);
    expect(drain(alice)).toEqual(['gap 5-497 overflow', ...Array(3).fill('/a 1')]);
  });

  it('tells a gap again that was lost on the way, but reports it once', () => {
    const { world, alice } = slow({ keep: 3 });
    const gaps: string[] = [];
    world.hub.on('gap', (_session, { from, to, reason }) => gaps.push(`${from}-${to} ${reason}`));
    world.floods('/a', 9);
    expect(gaps).toEqual([]);
    expect(take(alice, 2)).toEqual(['gap 1-6 overflow', '/a 7']);
    alice.session.rewind();
    expect(drain(alice)).toEqual(['gap 1-6 overflow', ...numbers('/a', 7, 9)]);
    expect(gaps).toEqual(['1-6 overflow']);
  });

  it('keeps a gap that waits when it spills again', () => {
    const { world, alice } = slow({ keep: 3 });
    world.floods('/a', 9);
    take(alice, 1);
    alice.session.rewind();
    world.floods('/b', 1);
    world.floods('/a', 9);
    expect(take(alice, 1)).toEqual(['gap 1-6 overflow']);
    ackTaken(alice);
    expect(drain(alice)).toEqual(['gap 7-16 overflow', ...numbers('/a', 7, 9)]);
  });

  it('takes an event larger than its queue when it is empty', () => {
    const world = new World({ queueBytes: 500 });
    const alice = world.listener('/a', { reads: false });
    world.hub.publish('/a', 'x'.repeat(1000));
    world.hub.publish('/a', 2);
    expect(alice.session.queued.size).toBe(0);
    expect(drain(alice)).toEqual([`/a "${'x'.repeat(1000)}"`, '/a 2']);
  });

  it('is slowed down, not starved, while the hub is at its bounds', () => {
    const world = new World({ hubQueuedEvents: 3 });
    const hog = world.listener('/hog', { reads: false });
    const alice = world.listener('/a', { reads: false });
    world.floods('/hog', 3);
    world.floods('/a', 3);
    expect([hog.session.queued.size, alice.session.queued.size]).toEqual([3, 0]);
    expect(take(alice)).toEqual(['/a 1']);
    expect(take(alice)).toEqual([]);
    ackTaken(alice);
    expect(drain(alice)).toEqual(['/a 2', '/a 3']);
    expect(drain(hog)).toEqual(numbers('/hog', 1, 3));
  });
});

describe('a feed that keeps the latest of each subject', () => {
  it('hands out the last value of each, and tells what it passes over', () => {
    const { world, alice } = slow({ overflow: 'latest-per-subject' });
    world.floods('/a', 4);
    world.floods('/b', 2);
    expect(drain(alice)).toEqual(['gap 1-3 conflated', '/a 4', '/b 1', '/b 2']);
  });

  it('passes over what comes later in the same way', () => {
    const { world, alice } = slow({ overflow: 'latest-per-subject' });
    for (let n = 0; n < 50; n += 1) world.floods('/a', 1);
    const items = drain(alice);
    expect(items[0]).toMatch(/^gap 1-\d+ conflated$/);
    expect(alice.session.acked).toBe(50);
    expect(items.length).toBeLessThanOrEqual(4);
  });

  it('spills when that frees too little, and then loses nothing', () => {
    const { world, alice } = slow({ overflow: 'latest-per-subject' });
    world.floods('/a/1', 1);
    world.floods('/a/2', 1);
    world.floods('/a/3', 1);
    world.floods('/a/4', 1);
    world.floods('/a/2', 1);
    expect(alice.session.queued.size).toBe(0);
    expect(drain(alice)).toEqual(['/a/1 1', '/a/2 1', '/a/3 1', '/a/4 1', '/a/2 1']);
  });

  it('does not touch what was taken', () => {
    const { world, alice } = slow({ overflow: 'latest-per-subject' });
    world.floods('/a', 1);
    take(alice);
    world.floods('/a', 6);
    alice.session.rewind();
    expect(drain(alice)[0]).toBe('/a 1');
  });

  it('keeps to the bounds of the hub (I6)', () => {
    const world = new World({ overflow: 'latest-per-subject', hubQueuedEvents: 10 });
    const alice = world.listener('/a', { reads: false });
    for (let n = 0; n < 150; n += 1) world.hub.publish(`/a/${n}`, n);
    expect(world.hub.stats().queuedEvents).toBeLessThanOrEqual(10);
    expect(drain(alice)).toHaveLength(150);
  });

  it('does not pass off as conflated what the log has lost', () => {
    const { world, alice } = slow({ overflow: 'latest-per-subject', keep: 3 });
    for (let n = 1; n <= 6; n += 1) world.floods(`/a/${n}`, 1);
    expect(take(alice)).toEqual(['gap 1-3 overflow', '/a/4 1', '/a/5 1', '/a/6 1']);
    alice.session.rewind();
    world.floods('/a/4', 1);
    expect(drain(alice)).toEqual(['gap 1-4 overflow', '/a/5 1', '/a/6 1', '/a/4 1']);
  });
});

describe('a feed that disconnects', () => {
  it('ends its session when its own queue is full, after the call in which that happened', () => {
    const { world, alice } = slow({ overflow: 'disconnect' });
    world.floods('/a', 4);
    expect(alice.session.closed).toBe(false);
    world.floods('/a', 1);
    expect(alice.session.closed).toBe(true);
    expect(alice.transport.calls.at(-1)).toBe('overflow');
    expect(world.hub.stats()).toMatchObject({ queuedEvents: 0, sessions: 0, subscriptions: 0 });
  });

  it('ends a session that has no transport as well', () => {
    const { world, alice } = slow({ overflow: 'disconnect' });
    alice.loses();
    world.floods('/a', 5);
    expect(alice.session.closed).toBe(true);
  });

  it('does not make a session pay for the backlog of others', () => {
    const world = new World({ overflow: 'disconnect', hubQueuedEvents: 3 });
    const hog = world.listener('/hog', { reads: false });
    const alice = world.listener('/a', { reads: false });
    world.floods('/hog', 3);
    world.floods('/a', 3);
    expect([hog.session.closed, alice.session.closed]).toEqual([false, false]);
    expect(drain(alice)).toEqual(numbers('/a', 1, 3));
  });
});
