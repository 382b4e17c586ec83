import { describe, expect, it } from 'vitest';
import { numbers, text, thrownBy, World } from './kit.ts';

/** Ten events on `/a` and `/b` in turns, and a listener to both that comes after them. */
function latecomer(maxEvents = 100) {
  const world = new World({ log: { maxEvents } });
  const start = world.hub.cursor();
  for (let n = 1; n <= 10; n += 1) world.hub.publish(n % 2 === 1 ? '/a' : '/b', n);
  const alice = world.person();
  const subscription = alice.subscribes('/a,/b');
  alice.listens();
  return { world, start, alice, subscription };
}

describe('the history of a subscription', () => {
  it('is everything after a cursor', () => {
    const { world, subscription, start } = latecomer();
    const { events, gap } = world.hub.history(subscription, { since: start });
    expect([events.map(text).slice(0, 3), events.length, gap]).toEqual([
      ['/a 1', '/b 2', '/a 3'],
      10,
      undefined,
    ]);
  });

  it.each([
    [3, ['/b 8', '/a 9', '/b 10']],
    [1, ['/b 10']],
    [0, []],
    [-1, []],
    [Number.NaN, []],
  ])('is the last %d', (last, expected) => {
    const { world, subscription } = latecomer();
    expect(world.hub.history(subscription, { last }).events.map(text)).toEqual(expected);
  });

  it('is everything when more is asked for than there is', () => {
    const { world, subscription } = latecomer(4);
    const { events, gap } = world.hub.history(subscription, { last: 1e9 });
    expect([events.map(text), gap]).toEqual([['/a 7', '/b 8', '/a 9', '/b 10'], undefined]);
  });

  it('is the newest of each subject', () => {
    const { world, subscription } = latecomer();
    expect(world.hub.history(subscription, { latest: true }).events.map(text)).toEqual(['/a 9', '/b 10']);
  });

  it('is of its own subjects, and not of what was addressed to somebody', () => {
    const world = new World();
    const alice = world.person({ principal: 'alice' });
    world.floods('/c', 1);
    world.hub.broadcast('/a', 'all');
    world.hub.send(alice.session.id, '/a', 'one');
    world.hub.sendToPrincipal('alice', '/a', 'two');
    world.floods('/a', 1);
    const subscription = alice.subscribes('/a');
    expect(world.hub.history(subscription, { last: 10 }).events.map(text)).toEqual(['/a 1']);
  });

  it('and what comes live are one stream without hole or repeat', () => {
    const { world, alice, subscription } = latecomer();
    world.floods('/a', 3);
    for (const query of [{ last: 100 }, { latest: true }, { since: world.hub.cursor() }] as const) {
      for (const { position } of world.hub.history(subscription, query).events) {
        expect(position).toBeLessThanOrEqual(subscription.from);
      }
    }
    alice.receives(numbers('/a', 1, 3));
  });

  it('says what the log no longer holds, exactly', () => {
    const { world, subscription, start } = latecomer(4);
    const { events, gap } = world.hub.history(subscription, { since: start });
    expect([gap && text(gap), events.length]).toEqual(['gap 1-6 trimmed', 4]);
  });

  it('says so also of another log, and of one that has forked', () => {
    const { world, subscription } = latecomer();
    const other = new World();
    other.floods('/a', 3);
    const [, place, tag] = world.hub.cursor().split('-');
    const foreign = world.hub.history(subscription, { since: `zzzzzzzz-3-${tag}` });
    expect([foreign.gap && text(foreign.gap), foreign.events.length]).toEqual(['gap 4-0 epoch', 10]);
    const forked = `${world.hub.cursor().split('-')[0]}-${place}-1`;
    const fork = world.hub.history(subscription, { since: forked });
    expect([fork.gap && text(fork.gap), fork.events]).toEqual(['gap 11-10 fork', []]);
  });

  it('does not cover what comes live, when the log has moved on since (I4)', () => {
    const { world, alice, subscription, start } = latecomer(4);
    world.floods('/a', 20);
    const { gap, events } = world.hub.history(subscription, { since: start });
    // The place where it ends, though the log has forgotten that one, too.
    expect([gap && text(gap), gap?.cursor, events]).toEqual(['gap 1-10 trimmed', subscription.cursor, []]);
    alice.receives(numbers('/a', 1, 20));
  });

  it('misses nothing when the cursor is where the subscription begins, though the log has forgotten it', () => {
    const world = new World({ log: { maxEvents: 2 } });
    world.floods('/a', 3);
    const since = world.hub.cursor();
    const subscription = world.person().subscribes('/a');
    world.floods('/a', 20);
    expect(world.hub.history(subscription, { since })).toEqual({ events: [], gap: undefined });
  });

  it('is not read after a cursor that is none', () => {
    const { world, subscription } = latecomer();
    expect(thrownBy(() => world.hub.history(subscription, { since: 'x' }))).toMatchObject({
      code: 'invalid-cursor',
    });
  });
});

describe('the past of one of many subjects', () => {
  /** Thousands of events on a hundred subjects, and what a search for each of them in turn would find. */
  function crowded(count: number, maxEvents: number, subjects: number) {
    const world = new World({ log: { maxEvents } });
    const start = world.hub.cursor();
    const all: { position: number; subject: string }[] = [];
    for (let n = 0; n < count; n += 1) all.push(world.hub.publish(`/user/${n % subjects}/x`, n));
    const alice = world.person();
    return { world, start, all: all.slice(-maxEvents), alice };
  }
  const positions = (events: readonly { position: number }[]) => events.map(({ position }) => position);

  const asked = ['/user/7', '/user/7,/user/8/x', '/user/*/x', '/user/7/*', '/nobody', '/**'];
  it.each(asked.flatMap((pattern) => [100, 900].map((subjects) => [pattern, subjects] as const)))(
    'is what a look at every event finds: %s of %d subjects',
    (pattern, subjects) => {
      const { world, alice, all } = crowded(2000, 1500, subjects);
      const subscription = alice.subscribes(pattern);
      for (let n = 0; n < 50; n += 1) world.hub.publish(`/user/${n}/x`, 'later');
      const matching = all.slice(50).filter(({ subject }) => subscription.matches(subject));
      const history = (query: Parameters<typeof world.hub.history>[1]) =>
        positions(world.hub.history(subscription, query).events);
      expect(history({ last: 7 })).toEqual(positions(matching.slice(-7)));
      expect(history({ last: 1e9 })).toEqual(positions(matching));
      const newest = new Map(matching.map((event) => [event.subject, event.position]));
      expect(history({ latest: true })).toEqual([...newest.values()].sort((one, other) => one - other));
      const since = all[400];
      expect(history({ since: (since as { cursor?: string } | undefined)?.cursor ?? '' })).toEqual(
        positions(matching.filter(({ position }) => position > (since?.position ?? 0))),
      );
    },
  );
});
