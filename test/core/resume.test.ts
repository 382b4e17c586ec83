import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { numbers, type Person, runs, World } from './kit.ts';

/** A listener that was handed `/a 1` to `/a 5` and acknowledged the first two. */
function listener(maxEvents = 1000): { world: World; alice: Person; cursors: string[] } {
  const world = new World({ log: { maxEvents } });
  const alice = world.listener('/a', { reads: false });
  alice.session.acknowledges = true;
  const cursors = [world.hub.cursor()];
  for (let n = 1; n <= 5; n += 1) cursors.push(world.hub.publish('/a', n).cursor);
  alice.session.take();
  alice.session.ack(2);
  return { world, alice, cursors };
}

/** A cursor of the same log that was made up. */
function forged(world: World, position: number): string {
  return `${world.hub.cursor().split('-')[0]}-${position.toString(36)}-abc`;
}

const foreign = 'zzzzzzzz-3-abc';

describe('a transport that names no place', () => {
  it.each([undefined, '', 'nonsense', 'a-b', '0-0-0-0'])(
    'goes on after what was acknowledged (%j)',
    (after) => {
      const { alice } = listener();
      alice.listens({ after, reads: false });
      alice.receives(numbers('/a', 3, 5));
    },
  );
});

describe('a transport that names a place', () => {
  it('goes on there, and acknowledges it, when it was handed out', () => {
    const { alice, cursors } = listener();
    alice.listens({ after: cursors[4], reads: false });
    expect([alice.session.acked, alice.session.queued.size]).toEqual([4, 1]);
    alice.receives(['/a 5']);
  });

  it('goes on where it stands when it names what was acknowledged or taken last', () => {
    const { alice, cursors } = listener();
    alice.listens({ after: cursors[2], reads: false });
    alice.receives(numbers('/a', 3, 5));
    alice.listens({ after: cursors[5], reads: false });
    alice.receives([]);
    expect(alice.session.acked).toBe(5);
  });

  it('goes on between two of its items, where an event of others ended', () => {
    const world = new World();
    const alice = world.listener('/a', { reads: false });
    alice.session.acknowledges = true;
    world.floods('/a', 1);
    const other = world.hub.publish('/other', 0);
    world.floods('/a', 1);
    alice.session.take();
    alice.listens({ after: other.cursor, reads: false });
    expect(alice.session.acked).toBe(1);
    alice.receives(['/a 1']);
  });

  it('goes on there although the log has forgotten the place: the session knows it', () => {
    const { world, alice, cursors } = listener(3);
    world.floods('/other', 10);
    alice.listens({ after: cursors[3], reads: false });
    alice.receives(['/a 4', '/a 5']);
    expect(world.hub.stats().gaps).toBe(0);
  });

  it('never loses the place of a session that had nothing to read for long', () => {
    const world = new World({ log: { maxEvents: 3 } });
    const alice = world.listener('/a', { reads: false });
    const after = alice.session.cursor;
    world.floods('/other', 100);
    alice.listens({ after });
    world.floods('/a', 1);
    alice.receives(['/a 1']);
  });

  it('goes back behind what was acknowledged when the client says so: a page that was loaded anew', () => {
    const { alice, cursors } = listener();
    alice.listens({ after: cursors[1], reads: false });
    alice.receives(numbers('/a', 2, 5));
    expect(alice.session.acked).toBe(1);
  });

  it('is told what the log has forgotten when it goes back further than that', () => {
    const { world, alice, cursors } = listener(3);
    world.floods('/a', 1);
    alice.listens({ after: cursors[1], reads: false });
    alice.receives(['gap 2-3 trimmed', '/a 4', '/a 5', '/a 1']);
  });

  it.each([
    ['ahead of the log', (world: World) => forged(world, 99)],
    ['with a wrong tag', (world: World) => forged(world, 4)],
    ['with a wrong tag at what it acknowledged', (world: World) => forged(world, 2)],
    ['that was not handed to it yet', (world: World) => world.hub.publish('/a', 6).cursor],
  ])('proves nothing by a place %s (I7)', (_what, cursorOf) => {
    const { world, alice } = listener();
    const after = cursorOf(world);
    alice.listens({ after, reads: false });
    expect([alice.session.acked, world.hub.stats().refusedAcks]).toEqual([2, 1]);
    alice.session.take(3);
    expect(alice.session.taken).toBe(5);
  });

  it.each([
    ['that the log knows', 8, ['/a 9']],
    ['that the log has forgotten', 4, ['gap 5-6 trimmed', '/a 7', '/a 8', '/a 9']],
  ])('goes on at a place %s, which its last session had handed out', (_what, place, expected) => {
    const world = new World({ log: { maxEvents: 3 } });
    const cursors: string[] = [];
    for (let n = 1; n <= 5; n += 1) cursors.push(world.hub.publish('/a', n).cursor);
    // Its program had passed on one event when the session ended, and goes on to pass on what it has.
    const alice = world.person({ after: cursors[0] });
    alice.session.acknowledges = true;
    alice.subscribes('/a');
    alice.listens({ after: cursors[0], reads: false });
    expect(alice.session.take().map(({ kind }) => kind)).toEqual(['gap']);
    for (let n = 6; n <= 9; n += 1) cursors.push(world.hub.publish('/a', n).cursor);
    alice.listens({ after: cursors[place - 1], reads: false });
    alice.receives(expected);
    expect(world.hub.stats().refusedAcks).toBe(0);
  });

  it('proves nothing by a forged place that the log has forgotten', () => {
    const { world, alice } = listener(3);
    world.floods('/other', 10);
    alice.listens({ after: forged(world, 4), reads: false });
    expect(alice.session.acked).toBe(2);
    alice.receives(numbers('/a', 3, 5));
  });

  it.each([
    ['3', 4],
    ['zz', 1296],
  ])('is told of another epoch, however often it asks until it has heard of it (from %s)', (place, from) => {
    const { world, alice } = listener();
    const after = `zzzzzzzz-${place}-abc`;
    for (let n = 0; n < 3; n += 1) {
      alice.listens({ after, reads: false });
      expect(alice.session.take(1)).toMatchObject([{ kind: 'gap', from, to: 0, reason: 'epoch' }]);
    }
    alice.session.rewind();
    alice.receives([`gap ${from}-0 epoch`, ...numbers('/a', 1, 5)]);
    expect(alice.session.cursor).toBe(world.hub.cursor());
  });

  it('hears no earlier broadcast for the end of a gap that a repeated request made it forget', () => {
    const world = new World();
    world.hub.broadcast('/all', 1);
    const alice = world.person();
    const after = foreign;
    alice.listens({ after, reads: false });
    const [gap] = alice.session.take();
    alice.listens({ after, reads: false });
    alice.listens({ after: gap?.cursor });
    world.hub.broadcast('/all', 2);
    alice.receives(['/all 2']);
  });

  it('is told the place after the gap, so that it can go on from there', () => {
    const { alice, world } = listener(3);
    world.floods('/a', 4);
    alice.listens({ after: foreign, reads: false });
    const [gap] = alice.session.take(1);
    expect(gap).toMatchObject({ kind: 'gap', to: 6 });
    alice.listens({ after: gap?.cursor, reads: false });
    expect(alice.session.acked).toBe(6);
    alice.receives(numbers('/a', 2, 4));
  });

  it('stands where its client said until the gap is taken', () => {
    const { alice } = listener();
    alice.listens({ after: foreign, reads: false });
    expect(alice.session.cursor).toBe(foreign);
    expect(alice.session.acked).toBe(-1);
  });
});

describe('a session that has not listened yet', () => {
  it('may begin anywhere that the log knows', () => {
    const world = new World();
    const alice = world.person();
    alice.subscribes('/a');
    world.floods('/a', 2);
    const after = world.hub.cursor();
    world.floods('/a', 1);
    alice.listens({ after });
    alice.receives(['/a 1']);
  });

  it('hears the broadcasts since the place that it names', () => {
    const world = new World();
    const after = world.hub.cursor();
    world.hub.broadcast('/all', 1);
    const alice = world.person();
    alice.listens({ after });
    alice.receives(['/all 1']);
  });

  it('hears no earlier broadcast for a place in a log that is not known', () => {
    const world = new World();
    world.hub.broadcast('/all', 1);
    const alice = world.person();
    world.hub.broadcast('/all', 2);
    alice.listens({ after: 'a-1-1' });
    alice.receives(['gap 2-0 epoch', '/all 2']);
  });

  it('is told of a fork', () => {
    const world = new World();
    const alice = world.person();
    alice.subscribes('/a');
    world.floods('/a', 3);
    alice.listens({ after: forged(world, 9) });
    world.floods('/a', 1);
    alice.receives(['gap 10-3 fork', '/a 1']);
  });

  it('is told of a fork of an empty log', () => {
    const world = new World();
    const alice = world.person();
    alice.subscribes('/a');
    alice.listens({ after: forged(world, 9) });
    world.floods('/a', 1);
    alice.receives(['gap 10-0 fork', '/a 1']);
  });
});

describe('an acknowledgement by cursor', () => {
  it('acknowledges what was handed out up to there', () => {
    const { world, alice, cursors } = listener();
    expect(world.hub.acknowledge(alice.session, cursors[4] ?? '')).toBe(true);
    expect(alice.session.acked).toBe(4);
    expect(world.hub.acknowledge(alice.session, cursors[4] ?? '')).toBe(true);
  });

  it.each([
    ['late', ({ cursors }: ReturnType<typeof listener>) => cursors[1]],
    ['early', ({ world }: ReturnType<typeof listener>) => world.hub.publish('/a', 6).cursor],
    ['forged', ({ world }: ReturnType<typeof listener>) => forged(world, 4)],
    ['foreign', () => foreign],
    ['nonsense', () => 'x'],
  ])('that is %s is counted and changes nothing', (_what, cursorOf) => {
    const setting = listener();
    const { world, alice } = setting;
    expect(world.hub.acknowledge(alice.session, cursorOf(setting) ?? '')).toBe(false);
    expect([alice.session.acked, world.hub.stats().refusedAcks]).toEqual([2, 1]);
  });
});

describe('leaving and coming back with the cursor', () => {
  it('gives every event once, whenever it happens', () => {
    const plan = fc.array(fc.constantFrom('publish', 'publish', 'other', 'read', 'return'), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(plan, (steps) => {
        const world = new World();
        let alice = world.listener('/a', { reads: false });
        const given: string[] = [];
        let published = 0;
        const read = () =>
          given.push(...alice.session.take().map((item) => (item.kind === 'data' ? item.json : 'gap')));
        for (const step of [...steps, 'read']) {
          if (step === 'publish') {
            published += 1;
            world.hub.publish('/a', published);
          } else if (step === 'other') world.hub.publish('/b', 0);
          else if (step === 'read') read();
          else {
            const after = alice.session.cursor;
            world.hub.leave(alice.session);
            alice = world.person({ after });
            alice.subscribes('/a');
            alice.listens({ after, reads: false });
          }
        }
        expect(given).toEqual(Array.from({ length: published }, (_, n) => String(n + 1)));
      }),
      runs(200),
    );
  });
});
