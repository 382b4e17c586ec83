import { describe, expect, it } from 'vitest';
import { numbers, type Person, people, thrownBy, World } from './kit.ts';

/** Alice reads `/a` and `/b`, when she is told to. */
function reader(world: World): { alice: Person; a: string; b: string } {
  const alice = world.person();
  const [a, b] = ['/a', '/b'].map((pattern) => alice.subscribes(pattern).id) as [string, string];
  alice.listens({ reads: false });
  return { alice, a, b };
}

describe('a subscription that is taken away (SEC-70)', () => {
  it('withholds what waits of it, and tells so by one gap in its place', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.hub.publish('/b', 'before');
    world.floods('/a', 3);
    world.hub.publish('/b', 'after');
    expect(world.hub.revoke(alice.session, a)).toMatchObject([{ id: a, pattern: '/a', until: 5 }]);
    world.floods('/a', 2);
    world.hub.publish('/b', 'later');
    alice.receives(['/b "before"', 'gap 2-4 policy', '/b "after"', '/b "later"']);
    expect(alice.session.subscriptions.map(({ pattern }) => pattern)).toEqual(['/b']);
  });

  it('says nothing of how many events are missing', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.floods('/a', 3);
    world.hub.revoke(alice.session, a);
    expect(alice.session.take()).toMatchObject([{ kind: 'gap', reason: 'policy', count: undefined }]);
  });

  it('tells nothing when nothing was left to hand out', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.floods('/a', 2);
    alice.receives(numbers('/a', 1, 2));
    world.hub.revoke(alice.session, a);
    world.floods('/a', 2);
    alice.receives([]);
  });

  it('still delivers what another subscription matches as well, and what is sent to the session itself', () => {
    const world = new World();
    const { alice, a } = reader(world);
    alice.subscribes('/a/open');
    world.hub.publish('/a/open', 1);
    world.hub.publish('/a/secret', 2);
    world.hub.send(alice.session.id, '/a', 'yours');
    world.hub.revoke(alice.session, a);
    alice.receives(['/a/open 1', 'gap 2-2 policy', '/a "yours"']);
  });

  it('does not bring back what was handed out and is asked for again', () => {
    for (const acknowledges of [true, false]) {
      const world = new World();
      const { alice, a } = reader(world);
      alice.session.acknowledges = acknowledges;
      const [first] = [1, 2, 3].map((n) => world.hub.publish('/a', n));
      world.hub.publish('/b', 4);
      alice.session.take();
      alice.loses();
      world.hub.revoke(alice.session, a);
      alice.listens({ after: first?.cursor, reads: false });
      // A client that says nothing of what it got is given as many items as before.
      alice.receives([...(acknowledges ? ['gap 2-3 policy'] : ['gap 2-2 policy', 'gap 3-3 policy']), '/b 4']);
    }
  });

  it('counts an acknowledgement of what was handed out before', () => {
    const world = new World();
    const { alice, a } = reader(world);
    alice.session.acknowledges = true;
    const events = [1, 2, 3].map((n) => world.hub.publish('/a', n));
    alice.session.take(2);
    world.hub.revoke(alice.session, a);
    expect(world.hub.acknowledge(alice.session, events[1]?.cursor ?? '')).toBe(true);
    expect(world.hub.stats().refusedAcks).toBe(0);
    alice.receives(['gap 3-3 policy']);
  });

  it('withholds also what has to be read from the log', () => {
    const world = new World({ queueLimit: 4 });
    const { alice, a, b } = reader(world);
    for (let n = 1; n <= 6; n += 1) for (const subject of ['/a', '/b']) world.hub.publish(subject, n);
    world.hub.revoke(alice.session, a);
    const expected = [1, 2, 3, 4, 5, 6].flatMap((n) => [`gap ${2 * n - 1}-${2 * n - 1} policy`, `/b ${n}`]);
    alice.receives(expected);
    world.floods('/b', 9);
    world.hub.revoke(alice.session, b);
    alice.receives(['gap 13-21 policy']);
  });

  it('withholds what a client asks for that names an earlier place, as long as the log holds it', () => {
    const world = new World({ log: { maxEvents: 4 } });
    const { alice, a } = reader(world);
    const start = world.hub.cursor();
    world.floods('/a', 3);
    alice.receives(numbers('/a', 1, 3));
    world.hub.revoke(alice.session, a);
    alice.listens({ after: start });
    alice.receives(['gap 1-3 policy']);
    world.floods('/b', 2);
    alice.receives(numbers('/b', 1, 2));
    alice.listens({ after: start });
    alice.receives(['gap 1-1 trimmed', 'gap 2-3 policy', ...numbers('/b', 1, 2)]);
  });

  it('may be given back: from then on', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.hub.publish('/a', 'before');
    world.hub.revoke(alice.session, a);
    world.hub.publish('/a', 'between');
    alice.subscribes('/a');
    world.hub.publish('/a', 'after');
    alice.receives(['gap 1-1 policy', '/a "after"']);
  });

  it('is not found by an id that is none of the session', () => {
    const { alice, bob, hub } = people();
    const { id } = bob.subscribes('/a');
    expect(thrownBy(() => hub.revoke(alice.session, id))).toMatchObject({ code: 'unknown-subscription' });
    expect(bob.session.subscriptions).toHaveLength(1);
  });
});

describe('all subscriptions that are taken away', () => {
  it('are those that stand and those that the client ended while their events wait', () => {
    const world = new World();
    const { alice, a, b } = reader(world);
    world.floods('/a', 1);
    world.floods('/b', 1);
    alice.unsubscribes(a);
    expect(world.hub.revoke(alice.session)).toMatchObject([{ id: b }]);
    world.floods('/a', 1);
    alice.receives(['gap 1-2 policy']);
    expect(world.hub.stats().subscriptions).toBe(0);
  });

  it('are none of a session that has ended', () => {
    const { alice, hub } = people();
    alice.subscribes('/a');
    hub.leave(alice.session);
    expect(hub.revoke(alice.session)).toEqual([]);
  });

  it('count as subscriptions while the log holds what they matched, so that nothing gathers', () => {
    const world = new World({ maxSubscriptions: 3, log: { maxEvents: 4 } });
    const alice = world.person();
    for (let n = 1; n <= 3; n += 1) {
      alice.subscribes('/a');
      world.floods('/a', 1);
      world.hub.revoke(alice.session);
    }
    expect(thrownBy(() => alice.subscribes('/a'))).toMatchObject({ code: 'too-many-subscriptions' });
    world.floods('/x', 5);
    alice.subscribes('/a');
    expect(alice.session.interests.lingering).toBe(0);
  });
});
