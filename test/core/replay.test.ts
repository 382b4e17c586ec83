import type { HistoryQuery } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { type Person, text, thrownBy, World } from './kit.ts';

/** A client that subscribes after five events and asks for the past. Hubs of this kit have the same epoch. */
function latecomer(query: HistoryQuery, maxEvents = 100): { world: World; alice: Person } {
  const world = new World({ log: { maxEvents } });
  for (let n = 1; n <= 5; n += 1) world.hub.publish(n % 2 === 1 ? '/a/x' : '/a/y', n);
  const alice = world.person();
  const subscription = alice.subscribes('/a');
  world.hub.replay(alice.session, subscription, query);
  return { world, alice };
}

describe('a stream that begins with the past', () => {
  it('begins with the last so many events', () => {
    const { world, alice } = latecomer({ last: 2 });
    world.floods('/a', 1);
    alice.listens();
    alice.receives(['/a/y 4', '/a/x 5', '/a 1']);
  });

  it('begins after a cursor, behind a gap when the log has forgotten some', () => {
    const start = new World().hub.cursor();
    const { alice } = latecomer({ since: start }, 2);
    alice.listens();
    alice.receives(['gap 1-3 trimmed', '/a/y 4', '/a/x 5']);
  });

  it('begins after a cursor that the log knows', () => {
    const start = new World().hub.cursor();
    const { alice } = latecomer({ since: start });
    alice.listens();
    alice.receives(['/a/x 1', '/a/y 2', '/a/x 3', '/a/y 4', '/a/x 5']);
  });

  it('begins with the newest of each subject', () => {
    const { world, alice } = latecomer({ latest: true });
    world.floods('/a/x', 2);
    alice.listens();
    alice.receives(['/a/y 4', '/a/x 5', '/a/x 1', '/a/x 2']);
  });

  it('begins with at most a thousand subjects, and tells of the others', () => {
    const world = new World({ queueLimit: 2000, queueBytes: 1_000_000 });
    for (let n = 1; n <= 1100; n += 1) world.hub.publish(`/a/${n}`, n);
    const alice = world.person();
    world.hub.replay(alice.session, alice.subscribes('/a'), { latest: true });
    alice.listens();
    expect(alice.given).toHaveLength(1001);
    expect(alice.given.slice(0, 2).map(text)).toEqual(['gap 1-100 overflow', '/a/101 101']);
  });

  it('begins at the tail when there is no past', () => {
    const { alice } = latecomer({ last: 0 });
    alice.listens();
    alice.receives([]);
  });

  it('goes on within its past when it is cut off there', () => {
    const { alice } = latecomer({ last: 3 });
    alice.listens({ reads: false });
    const [first] = alice.session.take(1);
    alice.listens({ after: first?.cursor, reads: false });
    alice.receives(['/a/y 4', '/a/x 5']);
  });

  it('keeps what was sent to the session since it joined', () => {
    const world = new World();
    const alice = world.person();
    world.hub.send(alice.session.id, '/mine', 1);
    world.floods('/a', 1);
    world.hub.replay(alice.session, alice.subscribes('/a'), { last: 1 });
    alice.listens();
    alice.receives(['/mine 1', '/a 1']);
  });

  it.each<HistoryQuery>([{ last: 5 }, { since: new World().hub.cursor() }])(
    'brings nothing that was for others, or for all, before the session came: %j',
    (query) => {
      const world = new World();
      world.floods('/a', 1);
      world.hub.broadcast('/all', 1);
      world.hub.sendToPrincipal('alice', '/mine', 1);
      const alice = world.person({ principal: 'alice' });
      world.hub.replay(alice.session, alice.subscribes('/a'), query);
      world.hub.broadcast('/all', 2);
      alice.listens();
      alice.receives(['/a 1', '/all 2']);
    },
  );

  it('is refused after a cursor that is none', () => {
    expect(thrownBy(() => latecomer({ since: 'x' }))).toMatchObject({ code: 'invalid-cursor' });
  });
});

describe('a stream that begins with the newest of each subject', () => {
  it('gives all that followed when it is cut off among them', () => {
    const world = new World();
    for (const n of [1, 2]) for (const subject of ['/a/x', '/a/y', '/a/z']) world.hub.publish(subject, n);
    world.hub.publish('/a/x', 3);
    const alice = world.person();
    world.hub.replay(alice.session, alice.subscribes('/a'), { latest: true });
    const [first] = alice.session.take();
    expect(first).toMatchObject({ subject: '/a/y', json: '2' });
    alice.session.ack(alice.session.taken);
    alice.listens({ after: first?.cursor, reads: false });
    alice.receives(['/a/z 2', '/a/x 3']);
  });

  it('does not take what was sent to the session for an older version of a subject', () => {
    const world = new World();
    const alice = world.person();
    world.hub.send(alice.session.id, '/a', 'mine');
    world.floods('/a', 2);
    world.hub.replay(alice.session, alice.subscribes('/a'), { latest: true });
    alice.receives(['/a "mine"', '/a 2']);
  });
});

describe('a subscription whose past was replayed', () => {
  it('still says where it began', () => {
    const { world, alice } = latecomer({ last: 3 });
    const [subscription] = alice.session.subscriptions;
    expect(subscription).toMatchObject({ from: 2, began: 5, cursor: world.hub.cursor() });
  });
});
