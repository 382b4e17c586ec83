import { describe, expect, it } from 'vitest';
import { Recorder, World } from './kit.ts';

describe('dispatching', () => {
  it('offers an event to the subscribers of its subject only', () => {
    const world = new World();
    const [alice, bob] = [world.listener('/a'), world.listener('/b')];
    world.floods('/a', 1);
    alice.receives(['/a 1']);
    bob.receives([]);
  });

  it('wakes a transport once for an event, however many of its subscriptions match', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    for (const pattern of ['/a/**', '/*/b', '/,/a/b,/**']) alice.subscribes(pattern);
    alice.subscribes('/a', { matching: 'prefix' });
    world.floods('/a/b', 1);
    expect(alice.transport.calls).toEqual(['wake']);
    alice.receives(['/a/b 1']);
  });

  it('addresses one session, the sessions of a principal, or all', () => {
    const world = new World();
    const [alice, anna, bob] = ['alice', 'alice', 'bob'].map((principal) => world.person({ principal }));
    for (const person of [alice, anna, bob]) person?.listens();
    world.hub.send(alice?.session.id ?? '', '/one', 1);
    world.hub.sendToPrincipal('alice', '/two', 2);
    world.hub.broadcast('/three', 3);
    alice?.receives(['/one 1', '/two 2', '/three 3']);
    anna?.receives(['/two 2', '/three 3']);
    bob?.receives(['/three 3']);
  });

  it('addresses nobody by an id or principal that nobody has', () => {
    const world = new World();
    const alice = world.listener('/**');
    expect(world.hub.send('nobody', '/a', 1)).toBeUndefined();
    expect(world.hub.sendToPrincipal('nobody', '/a', 1)).toMatchObject({ scope: 'principal', to: 'nobody' });
    expect(world.hub.send('', '/a', 1)).toBeUndefined();
    alice.receives([]);
  });

  it('puts every event into every queue before a transport that publishes when woken is heard', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    const [bob, carol] = [world.listener('/**'), world.listener('/**')];
    alice.transport.onWake = () => void world.hub.publish('/b', alice.session.take().length);
    world.floods('/a', 3);
    const expected = ['/a 1', '/b 1', '/a 2', '/b 1', '/a 3', '/b 1'];
    bob.receives(expected);
    carol.receives(expected);
  });

  it('keeps the order also for a session that matches twice', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    const bob = world.listener('/a');
    bob.subscribes('/**');
    let left = 3;
    alice.transport.onWake = () => {
      left -= 1;
      if (left >= 0) world.hub.publish('/a', `echo ${left}`);
    };
    world.floods('/a', 1);
    bob.receives(['/a 1', '/a "echo 2"', '/a "echo 1"', '/a "echo 0"']);
  });

  it('does not grow the stack with a long chain of answers', () => {
    const world = new World({ queueLimit: 20_000, queueBytes: 100_000_000 });
    const alice = world.listener('/a');
    alice.transport.onWake = () => {
      alice.reads();
      if (alice.given.length < 10_000) world.hub.publish('/a', alice.given.length);
    };
    world.floods('/a', 1);
    expect(alice.given).toHaveLength(10_000);
  });

  it('does not grow the stack while a reader catches up item by item', () => {
    const world = new World({ queueLimit: 2 });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 9000);
    let depth = 0;
    alice.transport.onWake = () => {
      depth += 1;
      expect(depth).toBe(1);
      for (let items = alice.session.take(1); items.length > 0; items = alice.session.take(1)) {
        alice.given.push(...items);
        alice.session.ack(alice.session.taken);
      }
      depth -= 1;
    };
    world.floods('/a', 1);
    expect(alice.given).toHaveLength(9001);
    expect(alice.session.attached).toBe(true);
  });

  it('gives an event to a session that another ends the subscription of meanwhile', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    const bob = world.listener('/a', { reads: false });
    alice.transport.onWake = () => void bob.unsubscribes();
    world.floods('/a', 2);
    bob.receives(['/a 1']);
  });

  it('gives an event to nobody who subscribes or joins while it is told', () => {
    const world = new World();
    const late = world.person();
    late.listens();
    const alice = world.listener('/a', { reads: false });
    alice.transport.onWake = () => {
      late.subscribes('/a');
      world.listener('/a').transport.onWake = () => expect.unreachable();
    };
    world.floods('/a', 1);
    late.receives([]);
    expect(world.hub.stats().sessions).toBe(3);
  });

  it('bears transports that detach, leave or close the hub when woken', () => {
    const world = new World();
    const [alice, bob, carol, dave] = Array.from({ length: 4 }, () => world.listener('/a', { reads: false }));
    if (!alice || !bob || !carol || !dave) return;
    alice.transport.onWake = () => alice.loses();
    bob.transport.onWake = () => world.hub.leave(carol.session);
    carol.transport.onWake = () => expect.unreachable();
    dave.transport.onWake = () => world.hub.close();
    world.floods('/a', 1);
    expect(carol.transport.calls).toEqual(['left']);
    expect(world.hub.stats()).toMatchObject({ sessions: 0, queuedEvents: 0, subscriptions: 0 });
  });

  it('does not wake a transport for what another has taken meanwhile', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    const bob = world.listener('/a', { reads: false });
    const next = new Recorder();
    alice.transport.onWake = () => {
      world.hub.attach(bob.session, next);
      bob.reads();
    };
    world.floods('/a', 1);
    expect([bob.transport.calls, next.calls]).toEqual([['superseded'], []]);
    bob.receives(['/a 1']);
  });

  it('serves the others when a transport throws, and gives that one up', () => {
    const world = new World();
    const [alice, bob] = [world.listener('/a'), world.listener('/a')];
    const errors: unknown[] = [];
    world.hub.on('error', (error, where) => errors.push([error, where]));
    alice.transport.onWake = () => {
      throw new Error('broken');
    };
    world.floods('/a', 2);
    bob.receives(['/a 1', '/a 2']);
    expect(alice.transport.calls).toEqual(['wake', 'unresponsive']);
    expect([alice.session.attached, alice.session.closed]).toEqual([false, false]);
    expect(errors).toEqual([[new Error('broken'), 'a transport']]);
    alice.listens();
    alice.receives(['/a 1', '/a 2']);
  });

  it('wakes nobody who is not there', () => {
    const world = new World();
    const alice = world.listener('/a');
    alice.loses();
    world.floods('/a', 2);
    expect(alice.transport.calls).toEqual([]);
    expect(alice.session.queued.size).toBe(2);
  });
});
