import { createPureHub, type HubOptions } from '@cometkit/core';
import type { Cluster } from '@cometkit/core/cluster';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ManualRuntime, type Person, runs, text, World } from './kit.ts';

const states = { patterns: ['/status/**', '/versions/*'] };

/** A log of three events, in which loud subjects push out quiet ones. */
function quiet(lastValues: NonNullable<HubOptions['lastValues']> = states, more: HubOptions = {}): World {
  const world = new World({ log: { maxEvents: 3 }, lastValues, ...more });
  world.hub.publish('/status/door', 'open');
  world.hub.publish('/status/lamp', 'on');
  world.hub.publish('/versions/a', 1);
  world.hub.publish('/status/door', 'shut');
  for (let n = 1; n <= 5; n += 1) world.hub.publish('/prices', n);
  return world;
}

function latest(world: World, pattern: string): string[] {
  const subscription = world.person().subscribes(pattern);
  return world.hub.history(subscription, { latest: true }).events.map(text);
}

describe('the last value of a quiet subject', () => {
  it('is there for a newcomer, in the order of publishing', () => {
    const world = quiet();
    expect(latest(world, '/status')).toEqual(['/status/lamp "on"', '/status/door "shut"']);
    world.hub.publish('/status/lamp', 'off');
    expect(latest(world, '/')).toEqual([
      '/versions/a 1',
      '/status/door "shut"',
      '/prices 5',
      '/status/lamp "off"',
    ]);
  });

  it('is not there without its pattern, nor for what was sent to one', () => {
    expect(latest(quiet({}), '/status')).toEqual([]);
    const world = new World({ log: { maxEvents: 1 }, lastValues: states });
    const alice = world.person();
    world.hub.send(alice.session.id, '/status/door', 'a secret');
    world.hub.broadcast('/status/door', 'to all');
    world.hub.publish('/prices', 1);
    expect(latest(world, '/status')).toEqual([]);
  });

  it('is given to those alone who ask for the newest', () => {
    const world = quiet();
    const subscription = world.person().subscribes('/status');
    expect(world.hub.history(subscription, { last: 10 }).events).toEqual([]);
  });

  it.each<[string, NonNullable<HubOptions['lastValues']>, string[]]>([
    ['of subjects', { ...states, maxSubjects: 2 }, ['/versions/a 1', '/status/door "shut"']],
    ['of bytes', { ...states, maxBytes: 200 }, ['/status/door "shut"']],
  ])('gives way to newer ones where there is no room for so many %s', (_what, options, expected) => {
    const all = latest(quiet(options), '/status,/versions');
    expect(all).toEqual(expected);
  });

  it('that is too large for all of them pushes no other out, and leaves no older one of its subject', () => {
    const world = new World({ log: { maxEvents: 1 }, lastValues: { ...states, maxBytes: 600 } });
    for (const door of ['a', 'b']) world.hub.publish(`/status/${door}`, 'shut');
    world.hub.publish('/status/b', 'x'.repeat(600));
    world.hub.publish('/prices', 1);
    expect(latest(world, '/status')).toEqual(['/status/a "shut"']);
  });

  it('is refused for what is no pattern, and where there are many nodes', () => {
    expect(() => quiet({ patterns: ['/a//b'] })).toThrow(
      '`lastValues.patterns` holds "/a//b", which is no pattern',
    );
    const cluster = { log: {}, sessions: {} } as unknown as Cluster;
    expect(() => createPureHub(new ManualRuntime(), { lastValues: states }, cluster)).toThrow(
      'leave it out where there is a `cluster`',
    );
  });
});

describe('a stream that begins with last values', () => {
  function listener(world: World, pattern = '/'): Person {
    const alice = world.person();
    world.hub.replay(alice.session, alice.subscribes(pattern), { latest: true });
    return alice;
  }

  it('goes on with fresh events behind them, each once', () => {
    const world = quiet();
    const alice = listener(world);
    world.hub.publish('/status/door', 'ajar');
    alice.listens();
    world.hub.publish('/status/lamp', 'off');
    alice.receives([
      '/status/lamp "on"',
      '/versions/a 1',
      '/status/door "shut"',
      '/prices 5',
      '/status/door "ajar"',
      '/status/lamp "off"',
    ]);
  });

  it('has none that was published for all but this one', () => {
    const world = quiet();
    const [alice, bob] = [world.person(), world.person()];
    world.hub.publish('/status/lamp', 'off', { except: alice.session });
    for (let n = 1; n <= 5; n += 1) world.hub.publish('/prices', n);
    for (const { session } of [alice, bob])
      world.hub.replay(session, world.hub.subscribe(session, '/status'), { latest: true });
    alice.listens();
    bob.listens();
    // They joined before what the log has let go of since: something may have been sent to them.
    alice.receives(['/status/door "shut"', 'gap 10-12 trimmed']);
    bob.receives(['/status/door "shut"', '/status/lamp "off"', 'gap 10-12 trimmed']);
  });

  it('goes on within them when it is cut off there', () => {
    const world = quiet();
    const alice = listener(world, '/status,/versions');
    alice.session.acknowledges = true;
    alice.listens();
    alice.session.rewind();
    expect(alice.session.take().map(text)).toEqual([
      '/status/lamp "on"',
      '/versions/a 1',
      '/status/door "shut"',
    ]);
  });

  it('tells of those for which the queue of a session has no room', () => {
    const alice = listener(quiet(states, { queueLimit: 4 }));
    alice.listens();
    expect(alice.given.map(text)).toEqual([
      'gap 2-2 overflow',
      '/versions/a 1',
      '/status/door "shut"',
      '/prices 5',
    ]);
  });

  it('withholds what is revoked before it was handed out', () => {
    const world = quiet();
    const alice = listener(world, '/status');
    world.hub.revoke(alice.session);
    alice.listens();
    expect(alice.given.map(text).join()).not.toMatch(/door|lamp/);
  });

  it('brings what a table of all that was published has, whatever was published', () => {
    const subject = fc.constantFrom('/status/a', '/status/b', '/status/c', '/prices');
    const story = fc.record({ before: fc.array(subject), after: fc.array(subject, { maxLength: 4 }) });
    const holds = ({ before, after }: { before: string[]; after: string[] }): void => {
      const world = new World({ log: { maxEvents: 4 }, lastValues: states });
      const newest = new Map<string, string>();
      before.forEach((to, n) => {
        world.hub.publish(to, n);
        newest.delete(to);
        newest.set(to, `${to} ${n}`);
      });
      const alice = listener(world, '/status');
      after.forEach((to, n) => {
        world.hub.publish(to, -n);
      });
      alice.listens();
      const fresh = after.flatMap((to, n) => (to === '/prices' ? [] : [`${to} ${-n}`]));
      const known = [...newest.values()].filter((line) => line.startsWith('/status'));
      const given = alice.given.map(text);
      // What the log has let go of before it was read is told.
      const told = given.filter((line) => !line.startsWith('gap'));
      if (told.length === given.length) expect(given).toEqual([...known, ...fresh]);
      else expect([...known, ...fresh]).toEqual(expect.arrayContaining(told));
      expect(told.slice(told.length - fresh.length)).toEqual(fresh);
    };
    fc.assert(fc.property(story, holds), runs(300));
  });
});
