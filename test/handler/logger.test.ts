import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Authorize, createHub, type HandlerOptions, type Logger } from '@cometkit/handler';
import { describe, expect, it, vi } from 'vitest';
import { type Stage, stage } from './kit.ts';

type Logged = Record<string, unknown> & { readonly message: string };

interface Logging extends Stage {
  readonly logged: Logged[];
}

function keeping(): { readonly logged: Logged[]; readonly logger: Logger } {
  const logged: Logged[] = [];
  return { logged, logger: { warn: (details, message) => logged.push({ ...details, message }) } };
}

/** A stage whose warnings are kept. */
function logging(options: HandlerOptions = {}, hubOptions: Parameters<typeof stage>[1] = {}): Logging {
  const { logged, logger } = keeping();
  return Object.assign(stage({ logger, ...options }, hubOptions), { logged });
}

const page = (origin: string, host = 'shop.example', more: Record<string, string> = {}) => ({
  headers: { origin, host, ...more },
});

describe('the logger is told of a refused page', () => {
  it('with the origin and the host that differ, once', async () => {
    const { get, logged } = logging();
    for (let n = 0; n < 3; n += 1) await get({ p_event: 'join' }, page('https://app.example'));
    expect(logged).toEqual([
      {
        kind: 'a page that may not call',
        code: 'forbidden-origin',
        origin: 'https://app.example',
        host: 'shop.example',
        site: undefined,
        destination: undefined,
        message: expect.stringContaining(
          'the origin "https://app.example" is not that of the host "shop.example"',
        ),
      },
    ]);
  });

  it('each pair, so that the first stranger does not hide a mistake', async () => {
    const { get, logged } = logging();
    await get({ p_event: 'join' }, page('https://evil.example'));
    await get({ p_event: 'join' }, page('https://app.example', '10.0.0.7:3000'));
    expect(logged.map(({ origin, host }) => [origin, host])).toEqual([
      ['https://evil.example', 'shop.example'],
      ['https://app.example', '10.0.0.7:3000'],
    ]);
  });

  it('with the hosts that are served where the host is none of them', async () => {
    const { get, logged } = logging({ hosts: ['shop.example'] });
    const { body } = await get({ p_event: 'join' }, page('https://shop.example', 'rebound.example'));
    expect(logged[0]).toMatchObject({ host: 'rebound.example', hosts: ['shop.example'] });
    expect(logged[0]?.message).toContain('"rebound.example"');
    expect(body).not.toContain('shop.example');
  });

  it('as what a page loads it', async () => {
    const { get, logged } = logging();
    await get({ p_event: 'join' }, { headers: { host: 'shop.example', 'sec-fetch-dest': 'script' } });
    expect(logged[0]).toMatchObject({ destination: 'script' });
    expect(logged[0]?.message).toContain('script');
  });

  it('and never repeats what is more than a name', async () => {
    const { get, logged } = logging({ hosts: ['shop.example'] });
    await get(
      { p_event: 'join' },
      page('https://a\u001b[31m.example', 'b\r\nX: 1', { 'sec-fetch-dest': '<x>' }),
    );
    expect(JSON.stringify(logged)).not.toMatch(/\\u001b|\\r|<x>/);
    expect(logged).toHaveLength(1);
  });
});

describe('the logger is told of a hook', () => {
  const hooks: readonly (readonly [string, Authorize['join'], string])[] = [
    [
      'throws',
      () => {
        throw new Error('no database');
      },
      'no database',
    ],
    ['hangs', () => new Promise(() => undefined), 'no answer within 200 ms'],
    [
      'answers a number',
      () => 7 as never,
      'the hook returned a number, expected true, false, the name of a user',
    ],
    ['answers an array', () => [] as never, 'the hook returned an array'],
    ['answers an empty name', () => '', 'the hook returned an empty string'],
    [
      'answers an object',
      () => ({ refused: 'x' }) as never,
      "the hook returned an object with an unknown member, expected true, false, the name of a user, { principal, data, expires } or { refuse: 'why' }",
    ],
  ];

  it.each(hooks)('that %s, once however often it is asked', async (_what, hook, message) => {
    const { get, advance, turn, logged } = logging({ authorize: { join: hook ?? true }, hookTimeoutMs: 200 });
    for (let n = 0; n < 3; n += 1) {
      const answer = get({ p_event: 'join' });
      await turn();
      await advance(200);
      await answer;
    }
    expect(logged.map((one) => one.message)).toEqual([expect.stringContaining(message)]);
    expect(logged[0]?.['err']).toBeInstanceOf(Error);
  });

  it('that hangs beside one that throws', async () => {
    let asked = 0;
    const join = () =>
      asked++ === 0 ? Promise.reject(new Error('x')) : new Promise<boolean>(() => undefined);
    const { get, advance, turn, logged } = logging({ authorize: { join }, hookTimeoutMs: 200 });
    const answers = [get({ p_event: 'join' }), get({ p_event: 'join' })];
    await turn();
    await advance(200);
    await Promise.all(answers);
    expect(logged).toHaveLength(2);
  });
});

describe('the logger is told of a limit that is reached', () => {
  const address = { address: '203.0.113.9' };
  const cases: readonly (readonly [
    string,
    (world: () => Logging) => Promise<void>,
    HandlerOptions,
    Parameters<typeof stage>[1],
  ])[] = [
    [
      'maxSessions',
      async (w) => {
        const { get } = w();
        await get({ p_event: 'join-listen', p_format: 'xml' });
        await get({ p_event: 'join' });
      },
      {},
      { maxSessions: 1 },
    ],
    [
      'joinRate',
      async (w) => {
        const { get } = w();
        for (let n = 0; n < 3; n += 1) await get({ p_event: 'join' }, address);
      },
      { joinRate: { perSecond: 1, burst: 1 } },
      {},
    ],
    [
      'maxSubscriptions',
      async (w) => {
        await (await w().join()).does('subscribe', { p_subject: '/a,/b' });
      },
      {},
      { maxSubscriptions: 1 },
    ],
    [
      'maxEventBytes',
      async (w) => {
        await (await w().join()).does('publish', { p_subject: '/a', text: 'x'.repeat(50) });
      },
      { authorize: { publish: true } },
      { maxEventBytes: 10 },
    ],
    [
      'maxQueryLength',
      async (w) => {
        await w().get({ p_event: 'join', x: 'y'.repeat(100) });
      },
      { maxQueryLength: 64 },
      {},
    ],
    [
      'maxFields',
      async (w) => {
        await w().get({ p_event: 'join', a: '1', b: '2' });
      },
      { maxFields: 2 },
      {},
    ],
    [
      'maxPendingJoins',
      async (w) => {
        const { get } = w();
        void get({ p_event: 'join' });
        await get({ p_event: 'join' });
      },
      { maxPendingJoins: 1, authorize: { join: () => new Promise(() => undefined) } },
      {},
    ],
  ];

  it.each(cases)('%s, with the option and its value', async (option, reach, options, hubOptions) => {
    const world = logging(options, hubOptions);
    await reach(() => world);
    expect(world.logged).toHaveLength(1);
    const [{ message, ...details }] = world.logged as [Logged];
    expect(details).toMatchObject({ kind: `limit ${option}`, option });
    expect(message).toContain(`option \`${option}\`, which is ${details['limit']}`);
    expect(message).not.toContain(String(details['code']));
  });

  it('of the log: a client that comes back too late, and a session that an overflow ends', async () => {
    const { logged, logger } = keeping();
    const hub = createHub({ logger, log: { maxEvents: 2 }, queueLimit: 2, overflow: 'disconnect' });
    const place = hub.cursor();
    for (let n = 0; n < 5; n += 1) hub.publish('/a', n);
    const late = hub.join({ after: place });
    hub.subscribe(late, '/a');
    late.take();
    const slow = hub.join();
    hub.subscribe(slow, '/a');
    for (let n = 0; n < 5; n += 1) hub.publish('/a', n);
    expect(logged.map(({ kind }) => kind)).toEqual(['gap trimmed', 'session ended by overflow']);
    expect(logged[0]?.message).toContain('log.maxEvents');
    hub.close();
  });
});

describe('onError and logger', () => {
  it('both get failures when both are given, and onError alone when it is alone', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      const join = () => Promise.reject(new Error('x'));
      const both = logging({ authorize: { join } });
      await both.get({ p_event: 'join' });
      expect([both.errors.length, both.logged.length]).toEqual([1, 1]);
      const alone = stage({ authorize: { join } });
      await alone.get({ p_event: 'join' });
      expect([alone.errors.length, warn.mock.calls.length]).toEqual([1, 0]);
    } finally {
      warn.mockRestore();
    }
  });
});

describe('the sentence of an error', () => {
  it('never repeats its code: programs read that beside it', () => {
    const packages = fileURLToPath(new URL('../../packages', import.meta.url));
    const files = readdirSync(packages, { recursive: true, encoding: 'utf8' }).filter((path) =>
      /[/\\]src[/\\].*\.ts$/.test(path),
    );
    const errors = files.flatMap((path) =>
      [
        ...readFileSync(join(packages, path), 'utf8').matchAll(
          /new CometError\(\s*'([a-z-]+)',\s*['`]([^'`]*)['`]/g,
        ),
      ].map(([, code = '', sentence = '']) => ({ code, sentence })),
    );
    expect(errors.length).toBeGreaterThan(30);
    const repeats = errors.filter(
      ({ code, sentence }) => sentence.includes(code) || sentence === code.replaceAll('-', ' '),
    );
    expect(repeats).toEqual([]);
  });
});

describe('the logger is told of streams that do not get through', () => {
  /** A client that listens by one mode, and some time later by another one. */
  async function moves(from: string, to: string, afterMs: number): Promise<Logged[]> {
    const world = logging();
    const client = await world.join('ndjson');
    await client.does('listen', { mode: from });
    world.runtime.advance(afterMs);
    await client.does('listen', { mode: to });
    return world.logged;
  }

  it.each(['long-poll', 'poll'])('when a client leaves a stream for %s soon after it began', async (mode) => {
    expect(await moves('stream', mode, 5000)).toEqual([
      {
        kind: 'streams do not get through',
        mode,
        message: expect.stringContaining('`npx cometkit doctor`'),
      },
    ]);
  });

  it.each([
    ['has streamed for long', 'stream', 'long-poll', 61_000],
    ['has polled before', 'long-poll', 'poll', 5000],
    ['streams anew', 'stream', 'stream', 5000],
    ['goes over to a stream', 'long-poll', 'stream', 5000],
  ])('not when it %s', async (_what, from, to, afterMs) => {
    expect(await moves(from, to, afterMs)).toEqual([]);
  });
});
