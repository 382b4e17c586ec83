import type { Authorize, Verdict } from '@cometkit/handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

/** What a hook may do, and whether that lets a client in. */
const answers: Record<string, { readonly gives: () => unknown; readonly yes: boolean }> = {
  true: { gives: () => true, yes: true },
  false: { gives: () => false, yes: false },
  undefined: { gives: () => undefined, yes: false },
  refusal: { gives: () => ({ refuse: 'no' }), yes: false },
  nonsense: { gives: () => 7, yes: false },
  'an object of traps': {
    gives: () => ({
      get refuse(): string {
        throw new Error('trap');
      },
    }),
    yes: false,
  },
  throws: {
    gives: () => {
      throw new Error('broken');
    },
    yes: false,
  },
  'throws nothing': {
    gives: () => {
      throw undefined;
    },
    yes: false,
  },
  'resolves true': { gives: () => Promise.resolve(true), yes: true },
  'resolves false': { gives: () => Promise.resolve(false), yes: false },
  'resolves a refusal': { gives: () => Promise.resolve({ refuse: 'no' }), yes: false },
  rejects: { gives: () => Promise.reject(new Error('broken')), yes: false },
  'rejects later': {
    gives: () => new Promise((_, reject) => setImmediate(() => reject(new Error('broken')))),
    yes: false,
  },
  'a bare thenable': {
    // biome-ignore lint/suspicious/noThenProperty: query builders answer with such objects
    gives: () => ({ then: (done: (said: boolean) => void) => void done(true) }),
    yes: true,
  },
  never: { gives: () => new Promise(() => undefined), yes: false },
};
const names = Object.keys(answers);

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
beforeAll(() => void process.on('unhandledRejection', note));
afterAll(() => void process.off('unhandledRejection', note));

// Enough turns for anything that was left alone to be noticed.
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

async function subscribing(first: string, second: string): Promise<{ ok: boolean; asked: number }> {
  let asked = 0;
  const subscribe = ({ pattern }: { readonly pattern: string }): Verdict => {
    asked += 1;
    return answers[pattern === '/a' ? first : second]?.gives() as Verdict;
  };
  const { join, advance } = stage({ authorize: { subscribe }, hookTimeoutMs: 200 });
  const answer = (await join()).does('subscribe', { subject: '/a,/b' });
  for (let waits = 0; waits < 2; waits += 1) {
    await settle();
    await advance(200);
  }
  const { body } = await answer;
  await settle();
  return { ok: body.includes('subscribe-ack'), asked };
}

describe('a comma list, each part answered in its own way', () => {
  it.each(names)('%s, and then anything, is judged in turn and leaves no rejection behind', async (first) => {
    unhandled.length = 0;
    for (const second of names) {
      const yes = answers[first]?.yes === true;
      const said = await subscribing(first, second);
      expect({ second, ...said }).toEqual({
        second,
        ok: yes && answers[second]?.yes === true,
        // None is asked behind the first that refuses.
        asked: yes ? 2 : 1,
      });
    }
    expect(unhandled).toEqual([]);
  });
});

describe('a hook for joining or publishing', () => {
  it.each(names)('that answers with %s leaves no rejection behind', async (name) => {
    unhandled.length = 0;
    const gives = answers[name]?.gives as () => boolean;
    for (const authorize of [{ join: gives }, { publish: gives }] as Authorize[]) {
      const world = stage({ authorize, hookTimeoutMs: 200 });
      const answer = authorize.join
        ? world.get({ type: 'join', format: 'xml' })
        : (await world.join()).does('publish', { subject: '/a' });
      await settle();
      await world.advance(200);
      expect((await answer).body.includes('-ack')).toBe(answers[name]?.yes);
    }
    await settle();
    expect(unhandled).toEqual([]);
  });
});

describe('other code of the program that is async', () => {
  it('may fail in onError and in listeners of the hub, and only that is noted', async () => {
    unhandled.length = 0;
    const told: unknown[] = [];
    const fail = async () => {
      throw new Error('later');
    };
    const world = stage({ authorize: { publish: fail }, onError: fail as never });
    world.hub.on('error', (error) => told.push(error));
    world.hub.on('session-opened', fail as never);
    world.hub.on('error', fail as never);
    await (await world.join()).does('publish', { subject: '/a' });
    await settle();
    expect([told.length, unhandled]).toEqual([1, []]);
  });
});

describe('what a hook is asked about', () => {
  const watched = (matching: 'path' | 'prefix' = 'path') => {
    const seen: string[] = [];
    const note = (name: string) => seen.push(name) > 0;
    const authorize: Authorize = {
      subscribe: ({ pattern }) => note(pattern),
      publish: ({ subject }) => note(subject),
    };
    return { seen, world: stage({ authorize, matching }) };
  };

  it.each([
    ',,,,',
    '/a,',
    '/a\r\nLOG forged\0',
    '/a//b',
    '/a/**/b',
    'a',
    `/${'x'.repeat(300)}`,
    '/a/'.repeat(40),
    `/a${','.repeat(900)}`,
    Array.from({ length: 101 }, (_, n) => `/${n}`).join(','),
  ])('is never the pattern %j, which no subscription can have', async (subject) => {
    const { seen, world } = watched();
    const alice = await world.join();
    for (const event of ['subscribe', 'listen'])
      expect((await alice.does(event, { subject })).body).toContain('nack');
    expect((await world.get({ type: 'join-listen', format: 'xml', subject })).body).toContain('nack');
    expect(seen).toEqual([]);
  });

  it.each(['', ',', '/a,/b', '/a/*', '/a\n', '/a//b', 'a', `/${'x'.repeat(300)}`])(
    'is never the subject %j, which no event can have',
    async (subject) => {
      const { seen, world } = watched();
      expect((await (await world.join()).does('publish', { subject, x: '1' })).body).toContain('nack');
      expect(seen).toEqual([]);
    },
  );

  it('is each distinct part once', async () => {
    const { seen, world } = watched();
    await (await world.join()).does('subscribe', { subject: '/a,/b,/a,/b,/a' });
    expect(seen).toEqual(['/a', '/b']);
  });
});
