import type { HandlerOptions } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Fields, type Stage, stage } from './kit.ts';

const key = 'k'.repeat(32);
const open: HandlerOptions = { publishEndpoint: { key } };

async function post(on: Stage, body: unknown, headers: Fields = { authorization: `Bearer ${key}` }) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { status, body: said, headers: given } = await on.send({ query: 'publish', body: text, headers });
  return { status, answer: JSON.parse(said), headers: given };
}

async function listening(on: Stage): Promise<() => Promise<unknown[]>> {
  const alice = await on.join('ndjson');
  const { outlet } = await alice.does('listen', { subject: '/a' });
  return async () => {
    await on.turn();
    const lines = outlet.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return lines.filter(({ type }) => type === 'data').map(({ data }) => data);
  };
}

describe('publishing from outside', () => {
  it('reaches whoever listens, and answers with the place in the log', async () => {
    const on = stage(open);
    const got = await listening(on);
    const { status, answer } = await post(on, { subject: '/a', data: { x: 1 } });
    expect(status).toBe(200);
    expect(answer).toEqual({ cursor: on.hub.cursor(), cursors: [on.hub.cursor()] });
    expect(await got()).toEqual([{ x: 1 }]);
  });

  it('takes a list, in its order', async () => {
    const on = stage(open);
    const got = await listening(on);
    const { answer } = await post(
      on,
      [1, 2, 3].map((data) => ({ subject: '/a', data })),
    );
    expect(await got()).toEqual([1, 2, 3]);
    expect(new Set(answer.cursors).size).toBe(3);
    expect(answer.cursor).toBe(on.hub.cursor());
  });

  it('reaches one session or one user', async () => {
    const on = stage({ ...open, authorize: { join: () => 'ada' } });
    const ada = await on.join('ndjson');
    const { outlet } = await ada.does('listen');
    const { answer } = await post(on, [
      { subject: '/x', data: 'one', to: ada.id },
      { subject: '/x', data: 'user', principal: 'ada' },
      { subject: '/x', data: 'nobody', to: 'nobody' },
    ]);
    await on.turn();
    expect(outlet.text).toMatch(/"one"[\s\S]*"user"/);
    expect(answer.cursors[2]).toBeNull();
    expect(answer.cursor).toBe(answer.cursors[1]);
  });

  it('names the event for a bare EventSource', async () => {
    const on = stage(open);
    const { outlet } = await on.get({ type: 'join-listen', subject: '/a', format: 'sse' });
    await post(on, { subject: '/a', data: 1, name: 'price' });
    await on.turn();
    expect(outlet.text).toContain('event: price\n');
  });

  it('takes what a parser in front has read already', async () => {
    const on = stage(open);
    const body = { kind: 'parsed', value: { subject: '/a', data: 1 } } as const;
    const { status } = await on.send({ query: 'publish', body, headers: { authorization: `bearer ${key}` } });
    expect(status).toBe(200);
  });
});

describe('an idempotency key', () => {
  const headers = { authorization: `Bearer ${key}`, 'idempotency-key': 'order-7' };

  it('publishes once, and gives the first answer again, for two minutes', async () => {
    const on = stage(open);
    const got = await listening(on);
    const event = { subject: '/a', data: 1 };
    const [first, second] = await Promise.all([post(on, event, headers), post(on, event, headers)]);
    expect(second).toEqual(first);
    expect((await post(on, event, headers)).answer).toEqual(first.answer);
    expect(await got()).toEqual([1]);
    await on.advance(120_000);
    await post(on, event, headers);
    expect(on.hub.stats().published).toBe(2);
  });

  it('is refused with other events', async () => {
    const on = stage(open);
    await post(on, { subject: '/a', data: 1 }, headers);
    const { status, answer } = await post(on, { subject: '/a', data: 2 }, headers);
    expect([status, answer.code, answer.detail]).toEqual([
      400,
      'invalid-field',
      'the idempotency key came with other events before',
    ]);
    expect(on.hub.stats().published).toBe(1);
  });

  it('is at most 256 characters', async () => {
    const { status } = await post(
      stage(open),
      { subject: '/a', data: 1 },
      { ...headers, 'idempotency-key': 'x'.repeat(257) },
    );
    expect(status).toBe(400);
  });
});

describe('a key', () => {
  it.each([
    ['none', {}],
    ['another', { authorization: `Bearer ${'x'.repeat(32)}` }],
    ['a part of it', { authorization: `Bearer ${key.slice(1)}` }],
    ['more than it', { authorization: `Bearer ${key}k` }],
    ['of another kind', { authorization: `Basic ${key}` }],
    ['an empty one', { authorization: 'Bearer ' }],
  ])('opens nothing: %s', async (_, headers: Fields) => {
    const on = stage(open);
    const { status, answer, headers: given } = await post(on, { subject: '/a', data: 1 }, headers);
    expect([status, answer.code, given['www-authenticate']]).toEqual([401, 'not-authorized', 'Bearer']);
    expect(on.hub.stats().published).toBe(0);
  });

  it('may be one of several while it is exchanged', async () => {
    const on = stage({ publishEndpoint: { key: ['n'.repeat(32), key] } });
    expect((await post(on, { subject: '/a', data: 1 })).status).toBe(200);
  });

  it('is of no use where the endpoint is off', async () => {
    const { status, answer } = await post(stage(), { subject: '/a', data: 1 });
    expect([status, answer.code]).toEqual([403, 'not-authorized']);
    expect(answer.detail).toContain('publishEndpoint');
  });
});

describe('the hook of the endpoint', () => {
  it('is asked about each event, with the request, and what it refuses keeps all of them back', async () => {
    const asked: unknown[] = [];
    const on = stage({
      publishEndpoint: {
        allow: async ({ subject, data, request }) => {
          asked.push([subject, data, request.address]);
          return subject === '/a' || { refuse: 'only /a' };
        },
      },
    });
    const { status, answer } = await post(on, [
      { subject: '/a', data: 1 },
      { subject: '/b', data: 2 },
    ]);
    expect([status, answer.detail]).toEqual([403, 'only /a']);
    expect(asked).toEqual([
      ['/a', 1, '192.0.2.1'],
      ['/b', 2, '192.0.2.1'],
    ]);
    expect(on.hub.stats().published).toBe(0);
  });

  it('has refused when it throws', async () => {
    const allow = (): never => {
      throw new Error('a bug');
    };
    const on = stage({ publishEndpoint: { key, allow } });
    expect((await post(on, { subject: '/a', data: 1 })).status).toBe(403);
    expect(on.errors).toHaveLength(1);
  });
});

describe('what cannot be published', () => {
  it.each([
    ['no JSON', 'hello', 'malformed-request', 'not JSON'],
    ['a text', '"hello"', 'malformed-request', 'not an object'],
    ['an empty list', [], 'malformed-request', '0 events'],
    [
      'too many',
      Array.from({ length: 4 }, () => ({ subject: '/a', data: 1 })),
      'malformed-request',
      '4 events, not 1 to 3',
    ],
    ['no subject', { data: 1 }, 'missing-field', 'no subject'],
    ['no data', { subject: '/a' }, 'missing-field', 'no data'],
    ['a subject that is none', { subject: 'a', data: 1 }, 'invalid-subject', ''],
    ['a pattern', { subject: '/a/*', data: 1 }, 'invalid-subject', ''],
    ['a misspelt field', { subjct: '/a', data: 1 }, 'invalid-field', 'did you mean subject?'],
    ['a number for a name', { subject: '/a', data: 1, name: 7 }, 'invalid-field', 'name'],
    ['a name that streams use', { subject: '/a', data: 1, name: 'gap' }, 'invalid-field', 'name'],
    ['two addressees', { subject: '/a', data: 1, to: 'x', principal: 'y' }, 'invalid-field', 'exclude'],
    [
      'the second of a list',
      [{ subject: '/a', data: 1 }, { subject: '/a' }],
      'missing-field',
      'event 1 of the list: no data',
    ],
    ['large data', { subject: '/a', data: 'x'.repeat(2000) }, 'event-too-large', '1000'],
  ])('is told by its name: %s', async (_, body, code, words) => {
    const on = stage({ publishEndpoint: { key, maxBatch: 3 } }, { maxEventBytes: 1000 });
    const { status, answer } = await post(on, body);
    expect([status, answer.code]).toEqual([400, code]);
    expect(answer.detail).toContain(words);
    expect(on.hub.stats().published).toBe(0);
  });

  it('is anything once the hub is closed', async () => {
    const on = stage(open);
    on.hub.close();
    const { status, answer } = await post(on, { subject: '/a', data: 1 });
    expect([status, answer.code]).toEqual([503, 'hub-closed']);
  });

  it.each([
    [{}, 'a key or a hook'],
    [{ key: 'short' }, '32 characters'],
    [{ key: [] }, '32 characters'],
    [{ key, maxBatch: 0 }, 'maxBatch'],
    [{ key, alow: () => true }, 'allow'],
  ])('tells the operator at the start: %j', (publishEndpoint, words) => {
    expect(() => stage({ publishEndpoint } as never)).toThrow(words);
  });
});
