import { describe, expect, it } from 'vitest';
import { numbers, people, Recorder, World } from './kit.ts';

describe('a hub', () => {
  it('brings what Bob publishes to Alice', () => {
    const { alice, bob } = people();
    alice.subscribes('/stocks');
    alice.listens();
    bob.publishes('/stocks/aex', { price: 1 });
    bob.publishes('/weather', 'rain');
    alice.receives(['/stocks/aex {"price":1}']);
    bob.receives([]);
  });

  it('keeps what comes while a client is away', () => {
    const { world, alice } = people();
    alice.subscribes('/a');
    world.floods('/a', 3);
    alice.listens();
    alice.loses();
    world.floods('/b', 3);
    alice.receives(numbers('/a', 1, 3));
  });

  it('tells the place after the newest event, for a page that goes on live from there', () => {
    const world = new World();
    world.floods('/a', 3);
    const rendered = world.hub.cursor();
    world.floods('/a', 1);
    const alice = world.person({ after: rendered });
    alice.subscribes('/a');
    alice.listens({ after: rendered });
    alice.receives(['/a 1']);
  });

  it('tells that place also of an empty log and of one that has forgotten everything', () => {
    const world = new World({ log: { maxAgeMs: 1000 } });
    const start = world.hub.cursor();
    expect(start).toMatch(/^[0-9a-z]{8}-0-[0-9a-z]+$/);
    world.floods('/a', 1);
    const after = world.hub.cursor();
    world.advance(2000);
    expect([world.hub.cursor(), world.hub.stats().logEvents]).toEqual([after, 0]);
  });

  it('has sessions that last as long as the clients, whatever the log forgets by age', () => {
    const world = new World({ log: { maxAgeMs: 1000 } });
    const alice = world.listener('/a', { reads: false });
    world.floods('/a', 2);
    world.advance(5000);
    alice.receives(['/a 1', '/a 2']);
  });

  it('ends a session for a reason of the caller', () => {
    const { hub, alice } = people();
    const transport = alice.listens();
    hub.leave(alice.session, 'revoked');
    hub.leave(alice.session);
    expect(transport.calls).toEqual(['revoked']);
  });

  it('ignores what is asked of a session that has ended', () => {
    const { hub, alice, world } = people();
    const transport = alice.listens();
    hub.leave(alice.session);
    hub.detach(alice.session, transport);
    hub.renewLease(alice.session);
    hub.noteWrite(alice.session);
    hub.leave(alice.session);
    world.advance(300_000);
    expect([transport.calls, hub.stats().sessions]).toEqual([['left'], 0]);
  });

  it('leaves nothing behind when everybody has gone (I17)', () => {
    const world = new World({ queueLimit: 4 });
    const everybody = Array.from({ length: 20 }, (_, n) => {
      const person = world.person({ principal: `p${n % 3}`, nonce: `n${n}` });
      for (const pattern of ['/a', '/*/b', '/a,/c/**']) person.subscribes(pattern);
      person.subscribes('/pre', { matching: 'prefix' });
      person.listens({ reads: n % 2 === 0 });
      return person;
    });
    world.floods('/a', 10);
    for (const { session } of everybody) world.hub.leave(session);
    const { sessions, attached, subscriptions, queuedEvents, queuedBytes } = world.hub.stats();
    expect([sessions, attached, subscriptions, queuedEvents, queuedBytes]).toEqual([0, 0, 0, 0, 0]);
  });

  it('closes once: every transport, every session, and the door', () => {
    const { hub, alice, bob } = people();
    const ended: string[] = [];
    hub.on('session-closed', (_session, reason) => ended.push(reason));
    hub.on('closed', () => ended.push('closed'));
    alice.subscribes('/a');
    const transport = alice.listens();
    hub.close();
    hub.close();
    expect([transport.calls, ended]).toEqual([['shutdown'], ['shutdown', 'shutdown', 'closed']]);
    expect([alice.session.closed, bob.session.closed, hub.closed]).toEqual([true, true, true]);
    hub.tick();
    expect(hub.stats()).toMatchObject({ sessions: 0, subscriptions: 0, attached: 0, queuedEvents: 0 });
  });

  it('closes also when a transport closes it, or ends the session of another', () => {
    const { hub, alice, bob } = people();
    const [first, second] = [alice.listens(), bob.listens()];
    first.onClose = () => {
      hub.leave(bob.session);
      hub.close();
    };
    hub.close();
    expect([first.calls, second.calls]).toEqual([['shutdown'], ['left']]);
  });

  it('is not shaken by a transport that joins, publishes and leaves when it is closed', () => {
    const { hub, alice, bob } = people();
    bob.subscribes('/a');
    alice.listens().onClose = () => {
      hub.publish('/a', 'bye');
      hub.attach(hub.join(), new Recorder());
    };
    hub.leave(alice.session);
    bob.receives(['/a "bye"']);
    expect(hub.stats()).toMatchObject({ sessions: 2, attached: 1 });
  });

  it('says its bounds', () => {
    expect(people({ maxSessions: 7 }).hub.limits).toMatchObject({ maxSessions: 7, leaseMs: 120_000 });
  });
});
