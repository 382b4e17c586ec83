import { describe, expect, it } from 'vitest';
import { people, thrownBy, World } from './kit.ts';

describe('a subscription', () => {
  it('says what it was made of', () => {
    const { alice, world } = people();
    world.floods('/x', 3);
    const subscription = alice.subscribes('/a,/b', { label: 'mine' });
    expect(subscription).toMatchObject({ pattern: '/a,/b', label: 'mine', matching: 'path', from: 3 });
    expect(alice.session.subscriptions).toEqual([subscription]);
    expect([subscription.matches('/b/x'), subscription.matches('/c')]).toEqual([true, false]);
  });

  it('covers its subjects between its beginning and its end', () => {
    const { alice, world } = people();
    world.floods('/x', 2);
    const subscription = alice.subscribes('/a');
    world.floods('/x', 2);
    alice.unsubscribes();
    const covered = [2, 3, 4, 5].map((position) => subscription.covers('/a', position));
    expect(covered).toEqual([false, true, true, false]);
  });

  it('may match by prefix', () => {
    const { alice, world } = people();
    alice.listens();
    alice.subscribes('/st', { matching: 'prefix' });
    world.floods('/stocks/aex', 1);
    alice.receives(['/stocks/aex 1']);
  });

  it('is taken back alone or with all others', () => {
    const { alice, hub } = people();
    const [first, second, third] = ['/a', '/b', '/c'].map((pattern) => alice.subscribes(pattern));
    expect(alice.unsubscribes(second?.id)).toEqual([second]);
    expect(hub.stats().subscriptions).toBe(2);
    expect(alice.unsubscribes()).toEqual([first, third]);
    expect([hub.stats().subscriptions, alice.unsubscribes()]).toEqual([0, []]);
  });

  it.each(['nobody', '__proto__', ''])('is not found by the id %j', (id) => {
    const { alice } = people();
    alice.subscribes('/a');
    expect(thrownBy(() => alice.unsubscribes(id))).toMatchObject({ code: 'unknown-subscription' });
  });

  it('is not found by the id of another client', () => {
    const { alice, bob } = people();
    const { id } = bob.subscribes('/a');
    expect(thrownBy(() => alice.unsubscribes(id))).toMatchObject({ code: 'unknown-subscription' });
    expect(bob.session.subscriptions).toHaveLength(1);
  });

  it('ends with its session, which then can make no more', () => {
    const { alice, hub } = people();
    alice.subscribes('/a');
    hub.leave(alice.session);
    expect([hub.stats().subscriptions, alice.session.subscriptions.length]).toEqual([0, 0]);
    expect(thrownBy(() => alice.subscribes('/a'))).toMatchObject({ code: 'unknown-session' });
    expect(alice.unsubscribes()).toEqual([]);
  });
});

describe('a subscription is refused', () => {
  it('beyond the bound of subscriptions, of which lists count one by one', () => {
    const { alice } = people({ maxSubscriptions: 5 });
    alice.subscribes('/a,/b,/c');
    alice.subscribes('/d,/d,/d');
    const error = thrownBy(() => alice.subscribes('/e,/f'));
    expect(error).toMatchObject({ code: 'too-many-subscriptions', details: { limit: 5 } });
    alice.subscribes('/e');
    expect(thrownBy(() => alice.subscribes('/f'))).toMatchObject({ code: 'too-many-subscriptions' });
    alice.unsubscribes();
    expect(alice.subscribes('/f').pattern).toBe('/f');
  });

  it('when the label is too long', () => {
    const { alice } = people({ maxLabelLength: 3 });
    expect(alice.subscribes('/a', { label: 'abc' }).label).toBe('abc');
    const error = thrownBy(() => alice.subscribes('/a', { label: 'abcd' }));
    expect(error).toMatchObject({ code: 'invalid-label', details: { limit: 3 } });
  });

  it('when the cursor is none', () => {
    const { alice } = people();
    expect(thrownBy(() => alice.subscribes('/a', { since: 'x' }))).toMatchObject({ code: 'invalid-cursor' });
  });

  it('and leaves nothing behind', () => {
    const { alice, hub, world } = people({ maxLabelLength: 3 });
    alice.listens();
    for (const options of [{ label: 'abcd' }, { since: 'x' }])
      thrownBy(() => alice.subscribes('/a', options));
    thrownBy(() => alice.subscribes('/a,'));
    world.floods('/a', 1);
    alice.receives([]);
    expect(hub.stats().subscriptions).toBe(0);
  });
});

describe('a subscription since a cursor', () => {
  it('counts from there, for a stream that resumes there', () => {
    const world = new World();
    const since = world.hub.cursor();
    world.floods('/a', 2);
    const alice = world.person();
    expect(alice.subscribes('/a', { since }).from).toBe(0);
    alice.listens({ after: since });
    world.floods('/a', 1);
    alice.receives(['/a 1', '/a 2', '/a 1']);
  });

  it('counts from where the log begins when that is later', () => {
    const world = new World({ log: { maxEvents: 2 } });
    const since = world.hub.cursor();
    world.floods('/a', 5);
    expect(world.person().subscribes('/a', { since }).from).toBe(3);
  });
});
