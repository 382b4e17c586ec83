import { describe, expect, it } from 'vitest';
import { numbers, World } from './kit.ts';

function reader(options = {}) {
  const world = new World(options);
  const alice = world.person();
  alice.session.acknowledges = true;
  alice.subscribes('/a');
  alice.listens({ reads: false });
  const acknowledge = (cursor: string) => world.hub.acknowledge(alice.session, cursor);
  const publish = (count: number) =>
    Array.from({ length: count }, (_, index) => world.hub.publish('/a', index + 1).cursor);
  return { world, hub: world.hub, alice, session: alice.session, acknowledge, publish };
}

describe('acknowledging', () => {
  it('counts everything up to a cursor that was handed out', () => {
    const { session, acknowledge, publish } = reader();
    const [, second = ''] = publish(3);
    session.take();
    expect([acknowledge(second), session.acked, session.queued.size]).toEqual([true, 2, 1]);
  });

  it('changes nothing when the same comes again, and does not count that as refused', () => {
    const { hub, session, acknowledge, publish } = reader();
    const [first = ''] = publish(1);
    session.take();
    expect([acknowledge(first), acknowledge(first), session.acked]).toEqual([true, true, 1]);
    expect(hub.stats().refusedAcks).toBe(0);
  });

  it('takes the place where the stream began', () => {
    const { hub, acknowledge } = reader();
    expect(acknowledge(hub.cursor())).toBe(true);
  });

  it.each<[string, (cursors: readonly string[]) => string]>([
    ['was not handed out', ([, , third = '']) => third],
    ['has another check', ([first = '']) => first.replace(/\w+$/, 'zz')],
    ['is of another epoch', ([first = '']) => first.replace(/^\w+/, 'zzzzzzzz')],
    ['is no cursor', () => ''],
  ])('refuses and counts a cursor that %s', (_what, choose) => {
    const { hub, session, acknowledge, publish } = reader();
    const cursors = publish(3);
    session.take(2);
    expect([acknowledge(choose(cursors)), session.acked, hub.stats().refusedAcks]).toEqual([false, 0, 1]);
  });

  it('refuses a cursor of an event that was meant for others', () => {
    const { hub, session, acknowledge, publish } = reader();
    publish(1);
    const { cursor } = hub.publish('/b', 1);
    publish(1);
    session.take();
    expect([acknowledge(cursor), session.acked]).toEqual([false, 0]);
  });

  it('takes a cursor that the log no longer holds, for the session does', () => {
    const { session, acknowledge, publish } = reader({ log: { maxEvents: 1 } });
    const [first = ''] = publish(3);
    session.take();
    expect([acknowledge(first), session.acked]).toEqual([true, 1]);
  });

  it('takes the cursor of a gap', () => {
    const { world, session, acknowledge } = reader({ queueLimit: 2, log: { maxEvents: 2 } });
    world.floods('/a', 8);
    const [gap] = session.take(1);
    expect([gap?.kind, acknowledge(gap?.cursor ?? '')]).toEqual(['gap', true]);
    expect(session.acked).toBe(6);
  });
});

describe('resuming in a session', () => {
  it('goes back behind what is acknowledged when the client names a place there', () => {
    const { world, alice, publish } = reader();
    const [first = ''] = publish(3);
    alice.session.take();
    alice.session.ack(3);
    alice.listens({ after: first, reads: false });
    alice.receives(numbers('/a', 2, 3));
    expect(world.hub.stats().refusedAcks).toBe(0);
  });

  it('goes back also when nothing was handed out yet', () => {
    const world = new World();
    const [, second = '', third = ''] = [1, 2, 3, 4].map((n) => world.hub.publish('/a', n).cursor);
    const alice = world.person({ after: second });
    alice.subscribes('/a');
    alice.listens({ after: third, reads: false });
    alice.listens({ after: second, reads: false });
    alice.receives(numbers('/a', 3, 4));
  });

  it('goes forward to a place that it handed out before it was rewound', () => {
    const { alice, hub, publish } = reader();
    const [first = '', , third = ''] = publish(4);
    alice.session.take(3);
    alice.listens({ after: first, reads: false });
    alice.listens({ after: third, reads: false });
    expect(hub.stats().refusedAcks).toBe(0);
    alice.receives(['/a 4']);
  });

  it.each<[string, (cursors: readonly string[]) => string]>([
    ['ahead of all that it handed out', ([, , third = '']) => third],
    ['with another check', ([first = '']) => first.replace(/\w+$/, 'zz')],
    ['that the log has not reached', ([first = '']) => first.replace(/-1-/, '-zz-')],
  ])('ignores and counts a place %s', (_what, choose) => {
    const { alice, hub, publish } = reader();
    const cursors = publish(3);
    alice.session.take(2);
    alice.listens({ after: choose(cursors), reads: false });
    expect(hub.stats().refusedAcks).toBe(1);
    alice.receives(numbers('/a', 1, 3));
  });

  it('ignores a place that neither the log nor the session can vouch for any more', () => {
    const { alice, hub, publish } = reader({ log: { maxEvents: 1 } });
    const [first = ''] = publish(3);
    alice.session.take();
    alice.listens({ after: first.replace(/\w+$/, 'zz'), reads: false });
    expect(hub.stats().refusedAcks).toBe(1);
    alice.receives(numbers('/a', 1, 3));
  });

  it('tells a foreign epoch as a gap, as often as it is named', () => {
    const { alice, publish } = reader();
    publish(1);
    for (let time = 0; time < 2; time += 1) {
      alice.listens({ after: 'zzzzzzzz-5-1', reads: false });
      alice.receives(['gap 6-0 epoch', '/a 1']);
    }
  });
});
