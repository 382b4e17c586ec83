import { describe, expect, it } from 'vitest';
import { numbers, Person, thrownBy, World } from './kit.ts';

describe('a join', () => {
  it('makes a session with an id, a secret and what is known of the client', () => {
    const { hub } = new World();
    const session = hub.join({ principal: 'alice', context: { slot: 1 } });
    expect(session).toMatchObject({
      principal: 'alice',
      context: { slot: 1 },
      closed: false,
      attached: false,
    });
    expect(session).toMatchObject({
      generation: 0,
      acknowledges: false,
      acked: 0,
      taken: 0,
      waiting: false,
    });
    expect(hub.join().id).not.toBe(session.id);
  });

  it('takes ids and secrets from the runtime as they are, each once', () => {
    const { hub } = new World();
    const words = Array.from({ length: 1000 }, () => hub.join()).flatMap(({ id, secret }) => [id, secret]);
    expect(new Set(words).size).toBe(2000);
    for (const word of words) expect(word).toMatch(/^[A-Za-z0-9_-]{22}$/);
  });

  it('is refused beyond the bound of sessions, until one goes', () => {
    const world = new World({ maxSessions: 2 });
    const [alice] = [world.person(), world.person()];
    expect(thrownBy(() => world.person())).toMatchObject({
      code: 'too-many-sessions',
      details: { limit: 2 },
    });
    world.hub.leave(alice.session);
    expect(world.person().session.closed).toBe(false);
  });

  it('is refused by a hub that is closed', () => {
    const { hub } = new World();
    hub.close();
    expect(thrownBy(() => hub.join())).toMatchObject({ code: 'hub-closed' });
  });
});

describe('a join that is sent again with its nonce', () => {
  it('gives the same session, also when the server is full (N-14)', () => {
    const world = new World({ maxSessions: 1 });
    const opened: string[] = [];
    world.hub.on('session-opened', ({ id }) => opened.push(id));
    const session = world.hub.join({ nonce: 'n' });
    expect(world.hub.join({ nonce: 'n' })).toBe(session);
    expect([opened, world.hub.stats().opened]).toEqual([[session.id], 1]);
  });

  it('keeps the session alive that it waits for', () => {
    const world = new World({ embryonicLeaseMs: 10_000 });
    const session = world.hub.join({ nonce: 'n' });
    world.advance(9000);
    world.hub.join({ nonce: 'n' });
    world.advance(9000);
    expect(session.closed).toBe(false);
    world.advance(1000);
    expect(session.closed).toBe(true);
  });

  it('gives another session after a minute: the nonce is no key to it for ever', () => {
    const world = new World();
    const { session } = world.person({ nonce: 'n' });
    world.hub.renewLease(session);
    world.advance(59_900);
    expect(world.hub.join({ nonce: 'n' })).toBe(session);
    world.advance(100);
    expect(world.hub.join({ nonce: 'n' })).not.toBe(session);
  });

  it('gives another session to another user', () => {
    const { hub } = new World();
    const alice = hub.join({ nonce: 'n', principal: 'alice' });
    expect(hub.join({ nonce: 'n', principal: 'bob' })).not.toBe(alice);
    expect(hub.join({ nonce: 'n' })).not.toBe(alice);
  });

  it('is still known when another session with the same nonce ends', () => {
    const { hub } = new World();
    const alice = hub.join({ nonce: 'n', principal: 'alice' });
    const bob = hub.join({ nonce: 'n', principal: 'bob' });
    hub.leave(alice);
    expect(hub.join({ nonce: 'n', principal: 'bob' })).toBe(bob);
  });

  it('gives a new session once the old one has ended', () => {
    const { hub } = new World();
    const session = hub.join({ nonce: 'n' });
    hub.leave(session);
    expect(hub.join({ nonce: 'n' })).not.toBe(session);
  });
});

describe('a join with the cursor of an earlier session', () => {
  it('goes on there without a hole, since the log knows (P-07)', () => {
    const world = new World();
    const alice = world.listener('/a');
    world.floods('/a', 2);
    const { cursor } = alice.session;
    world.hub.leave(alice.session);
    world.floods('/a', 3);
    const again = new Person(world.hub, { after: cursor });
    again.subscribes('/a');
    again.listens({ after: cursor });
    again.receives(numbers('/a', 1, 3));
  });

  it('hears the broadcasts and the events of its user since then', () => {
    const world = new World();
    const after = world.hub.cursor();
    world.hub.broadcast('/all', 1);
    world.hub.sendToPrincipal('alice', '/mine', 2);
    world.hub.sendToPrincipal('bob', '/other', 3);
    const alice = world.person({ after, principal: 'alice' });
    alice.listens();
    alice.receives(['/all 1', '/mine 2']);
  });

  it('hears no earlier broadcast for a place that nobody was given', () => {
    const world = new World();
    world.hub.broadcast('/all', 1);
    const [epoch = ''] = world.hub.cursor().split('-');
    for (const after of ['a-1-1', `${epoch}-0-1`, `${epoch}-1-1`, `${epoch}-9-1`]) {
      const mallory = world.person({ after });
      mallory.listens({ after });
      expect(mallory.given.filter(({ kind }) => kind === 'data')).toEqual([]);
      world.hub.leave(mallory.session);
    }
  });

  it('is told once what is missing, also when the transport names the place again', () => {
    const world = new World({ log: { maxEvents: 2 } });
    const after = world.hub.cursor();
    world.floods('/a', 5);
    const alice = world.person({ after });
    alice.subscribes('/a');
    alice.listens({ after });
    alice.receives(['gap 1-3 trimmed', '/a 4', '/a 5']);
    expect(world.hub.stats().gaps).toBe(1);
  });

  it('counts only for subscriptions made before the first transport', () => {
    const world = new World();
    const after = world.hub.cursor();
    world.floods('/a', 2);
    const alice = world.person({ after });
    expect(alice.subscribes('/b').from).toBe(0);
    alice.listens();
    expect(alice.subscribes('/a').from).toBe(2);
    alice.receives([]);
  });

  it.each(['', 'nonsense', 'e-1'])('begins at the tail when the cursor is %j', (after) => {
    const world = new World();
    world.floods('/a', 2);
    const alice = world.person({ after });
    expect(alice.subscribes('/a').from).toBe(2);
    alice.listens();
    alice.receives([]);
  });

  it('leaves nothing behind when it ends at once', () => {
    const world = new World({ log: { maxEvents: 2 } });
    const after = world.hub.cursor();
    world.floods('/a', 5);
    world.hub.leave(world.hub.join({ after }));
    expect(world.hub.stats()).toMatchObject({ sessions: 0, queuedEvents: 0, queuedBytes: 0 });
  });
});
