import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { SessionMemory } from '../../packages/core/src/session-memory.ts';
import { build } from '../../scripts/workspace.mjs';
import { people, thrownBy, World } from './kit.ts';

const KiB = 1024;

interface Measured {
  readonly kind: string;
  /** Bytes of the heap for each session. */
  readonly held: number;
  readonly counted: number;
  readonly subscriptions: number;
  readonly refused?: unknown;
}

describe('the heap of a session', () => {
  let measured: Map<string, Measured>;

  beforeAll(async () => {
    if (!build()) throw new Error('the packages do not build');
    const child = fileURLToPath(new URL('./session-memory-child.mjs', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, ['--expose-gc', child]);
    const lines = stdout.trim().split('\n');
    measured = new Map(lines.map((line) => JSON.parse(line) as Measured).map((one) => [one.kind, one]));
  }, 240_000);

  const of = (kind: string): Measured => measured.get(kind) ?? expect.fail(`${kind} was not measured`);

  it('is less than 2 KiB when it is dormant', () => {
    expect(of('dormant').held).toBeLessThan(2 * KiB);
  });

  it('has room for 100 usual subscriptions, of 300 bytes each', () => {
    expect(of('usual')).toMatchObject({ subscriptions: 100 });
    expect((of('usual').held - of('dormant').held) / 100).toBeLessThan(300);
  });

  it.each(['long', 'deep', 'prefixes', 'wide', 'lists'])(
    'stays under its bound with hostile subscriptions: %s',
    (kind) => {
      const { held, refused } = of(kind);
      expect(refused).toEqual({ limit: 32_768, option: 'sessionBytes' });
      expect(held).toBeLessThan(32 * KiB);
      expect(held).toBeGreaterThan(20 * KiB);
    },
  );

  it('does not grow with subscriptions that have ended', () => {
    expect(of('churning').held).toBeLessThan(3 * KiB);
  });

  it('takes 20 bytes for each message id, of whatever it was cut out', () => {
    expect(of('publishing').held).toBeLessThan(24 * KiB);
  });

  it('is what hub.stats() says, or less', () => {
    for (const { kind, held, counted } of measured.values()) expect(held, kind).toBeLessThan(counted * 1.05);
  });
});

describe('a session beyond the bytes that it may have', () => {
  it('is refused that subscription, with the name and the value of the bound, and keeps the others', () => {
    const { alice, world } = people({ sessionBytes: 2000 });
    alice.subscribes('/a');
    const error = thrownBy(() =>
      world.hub.subscribe(alice.session, `/${'x'.repeat(255)}`, { label: 'l'.repeat(128) }),
    );
    expect(error).toMatchObject({
      code: 'too-many-subscriptions',
      reason: 'a session with its subscriptions takes at most 2000 bytes (sessionBytes)',
      details: { limit: 2000, option: 'sessionBytes' },
    });
    world.hub.publish('/a', 1);
    alice.receives(['/a 1']);
    world.hub.unsubscribe(alice.session, alice.session.subscriptions[0]?.id);
    expect(() => alice.subscribes('/b')).not.toThrow();
  });

  it('has its equal share however much others hold, and no more', () => {
    const world = new World({ hubSessionBytes: 40_000, maxSessions: 20 });
    const greedy = Array.from({ length: 3 }, () => world.person());
    const fill = ({ session }: (typeof greedy)[0]) => {
      for (let n = 0; n < 100; n += 1)
        try {
          world.hub.subscribe(session, `/a/${n}`);
        } catch (error) {
          return error;
        }
      return undefined;
    };
    expect(greedy.map(fill)).toMatchObject([
      undefined,
      { code: 'too-busy', details: { limit: 40_000, option: 'hubSessionBytes' } },
      { code: 'too-busy' },
    ]);
    const late = world.person();
    for (let n = 0; n < 2; n += 1) late.subscribes(`/late/${n}`);
    expect(thrownBy(() => late.subscribes('/late/3'))).toMatchObject({ code: 'too-busy' });
    for (const { session } of greedy) world.hub.leave(session);
    expect(() => late.subscribes('/late/3')).not.toThrow();
  });

  it('counts nothing when everybody has left', () => {
    const { alice, world } = people();
    alice.subscribes('/a,/b/*', { label: 'one' });
    alice.publishes('/c', 1, { messageId: 'm' });
    world.hub.hold(alice.session, 500);
    expect(world.hub.stats().sessionBytes).toBeGreaterThan(2500);
    world.hub.leave(alice.session);
    world.hub.hold(alice.session, 500);
    for (const session of world.hub.sessions()) world.hub.leave(session);
    expect(world.hub.stats().sessionBytes).toBe(0);
  });

  it('may have more where it may have more subscriptions, and so may all where there may be more sessions', () => {
    const { limits } = new World({ maxSubscriptions: 300, maxSessions: 60_000 }).hub;
    expect(limits).toMatchObject({ sessionBytes: 3 * 32_768, hubSessionBytes: 3 * 134_217_728 });
    expect(new World({ maxSubscriptions: 300, sessionBytes: 5000 }).hub.limits.sessionBytes).toBe(5000);
    expect(new World({ maxSubscriptions: 3 }).hub.limits.sessionBytes).toBe(32_768);
  });
});

describe('groups', () => {
  it('leave half of the room to subscriptions', () => {
    const memory = new SessionMemory({ sessionBytes: 1000, hubSessionBytes: 10_000, maxSessions: 100 });
    const session = { closed: false };
    expect(memory.fits(session, 1000)).toBe(true);
    memory.share(6000);
    expect([memory.fits(session, 1000), memory.fits(session, 100)]).toEqual([false, true]);
    memory.share(-6000);
    memory.hold(session, 500);
    expect([memory.fits(session, 501), memory.fits(session, 500)]).toEqual([false, true]);
  });
});
