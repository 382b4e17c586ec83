import { describe, expect, it } from 'vitest';
import { numbers, type Person, people, thrownBy, World } from './kit.ts';

/** Alice reads `/a` and `/b`, when she is told to. */
function reader(world: World): { alice: Person; a: string; b: string } {
  const alice = world.person();
  const [a, b] = ['/a', '/b'].map((pattern) => alice.subscribes(pattern).id) as [string, string];
  alice.listens({ reads: false });
  return { alice, a, b };
}

describe('a subscription that is taken away', () => {
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

describe('a subscription that its client ends before it is taken away', () => {
  it('is taken away by its id all the same', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.floods('/a', 3);
    world.hub.publish('/b', 'mine');
    alice.unsubscribes(a);
    expect(world.hub.revoke(alice.session, a)).toEqual([]);
    alice.receives(['gap 1-3 policy', '/b "mine"']);
  });

  it('is taken away by a test', () => {
    const world = new World();
    const { alice, a } = reader(world);
    world.floods('/a', 2);
    alice.unsubscribes(a);
    world.hub.revoke(alice.session, ({ pattern }) => pattern === '/a');
    alice.receives(['gap 1-2 policy']);
  });

  it('makes nothing throw, also when nothing is to come of it, or it was taken away before', () => {
    const { alice, hub } = people();
    const { id } = alice.subscribes('/a');
    alice.unsubscribes(id);
    expect(hub.revoke(alice.session, id)).toEqual([]);
    const other = alice.subscribes('/b');
    hub.revoke(alice.session, other.id);
    expect(hub.revoke(alice.session, other.id)).toEqual([]);
  });

  it('is remembered for a hundred later ones', () => {
    const { alice, hub } = people();
    const ids = Array.from({ length: 101 }, () => {
      const { id } = alice.subscribes('/a');
      alice.unsubscribes(id);
      return id;
    });
    expect(hub.revoke(alice.session, ids[1])).toEqual([]);
    expect(thrownBy(() => hub.revoke(alice.session, ids[0]))).toMatchObject({ code: 'unknown-subscription' });
  });
});

describe('subscriptions that are taken away by a test', () => {
  it('are those whose pattern or subject is meant', () => {
    const world = new World();
    const alice = world.person();
    const [a, ab, all] = ['/a', '/a/b', '/**'].map((pattern) => alice.subscribes(pattern).id);
    expect(world.hub.revoke(alice.session, ({ pattern }) => pattern === '/a')).toMatchObject([{ id: a }]);
    const left = world.hub.revoke(alice.session, (subscription) => subscription.matches('/a/b'));
    expect(left.map(({ id }) => id)).toEqual([ab, all]);
    expect(world.hub.revoke(alice.session, () => false)).toEqual([]);
  });

  it('all stay when the test throws', () => {
    const { alice, hub } = people();
    for (const pattern of ['/a', '/b']) alice.subscribes(pattern);
    const test = ({ pattern }: { pattern: string }): boolean => {
      if (pattern === '/b') throw new Error('mine');
      return true;
    };
    expect(thrownBy(() => hub.revoke(alice.session, test))).toMatchObject({ message: 'mine' });
    expect(alice.session.subscriptions).toHaveLength(2);
  });
});

describe('the transport of a session', () => {
  it('learns of what was taken away while it stood, and the session remembers that', () => {
    const { alice, hub } = people();
    const [a, b] = ['/a', '/b'].map((pattern) => alice.subscribes(pattern));
    const transport = alice.listens();
    const heard: unknown[] = [];
    Object.assign(transport, { revoked: (subscriptions: unknown) => heard.push(subscriptions) });
    alice.unsubscribes(b?.id);
    hub.revoke(alice.session, a?.id);
    hub.revoke(alice.session);
    expect(heard).toEqual([[a]]);
    expect(alice.session.takenAway).toEqual([a]);
  });

  it('that throws is given up, and the subscription is taken away all the same', () => {
    const { alice, hub } = people();
    alice.subscribes('/a');
    const transport = alice.listens();
    Object.assign(transport, {
      revoked: () => {
        throw new Error('mine');
      },
    });
    expect(hub.revoke(alice.session)).toHaveLength(1);
    expect(alice.session.attached).toBe(false);
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
