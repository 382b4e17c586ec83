import { STATUS_CODES } from 'node:http';
import type { MemoryRequestOptions } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { type Answer, type Stage, stage } from '../kit.ts';

const hostile = 'xss<script>alert(1)</script>"\'\\';

/** A refusal of modern HTTP, checked for what all of them have. */
function problemOf({ status, headers, body }: Answer): { code: string; detail: string } {
  expect(headers['content-type']).toBe('application/problem+json');
  const problem = JSON.parse(body);
  expect(Object.keys(problem).sort()).toEqual(['code', 'detail', 'status', 'title', 'type']);
  expect(problem.type).toMatch(new RegExp(`^https://.*/docs/errors\\.md#${problem.code}$`));
  expect(problem.status).toBe(status);
  // RFC 9110 has another name for 413 than Node 20.
  expect(problem.title).toBe(status === 413 ? 'Content Too Large' : STATUS_CODES[status]);
  expect(problem.detail).not.toBe('');
  expect(body).not.toMatch(/xss|<|alert/);
  return problem;
}

/** What a modern client can do wrong; the fields of the session that sends it are added to a body that is an object. */
const wrong: readonly (readonly [what: string, request: object, status: number, code: string])[] = [
  ['a body that is no JSON', { body: `{"type":"${hostile}` }, 400, 'malformed-request'],
  ['a body of a list', { body: '[1]' }, 400, 'malformed-request'],
  ['a body without a type', { fields: {} }, 400, 'missing-field'],
  ['a type that is an object', { fields: { type: { a: hostile } } }, 400, 'invalid-field'],
  ['an unknown type', { fields: { type: hostile } }, 400, 'unknown-command'],
  ['an unknown name', { fields: { type: 'heartbeat', [hostile]: 1 } }, 400, 'invalid-field'],
  ['a forged key', { fields: { type: 'heartbeat', key: hostile } }, 410, 'unknown-session'],
  ['an unknown session', { fields: { type: 'heartbeat', session: hostile } }, 410, 'unknown-session'],
  ['an unknown format', { fields: { type: 'heartbeat', format: hostile } }, 400, 'unknown-format'],
  ['an unknown mode', { fields: { type: 'listen', mode: hostile } }, 400, 'unknown-mode'],
  ['unknown events', { fields: { type: 'listen', format: 'sse', events: hostile } }, 400, 'invalid-field'],
  ['no subject', { fields: { type: 'subscribe' } }, 400, 'missing-field'],
  ['a wrong subject', { fields: { type: 'subscribe', subject: hostile } }, 400, 'invalid-pattern'],
  [
    'a wrong label',
    { fields: { type: 'subscribe', subject: '/a', label: `${hostile}\u0000` } },
    400,
    'invalid-field',
  ],
  ['a wrong cursor', { fields: { type: 'subscribe', subject: '/a', since: hostile } }, 400, 'invalid-cursor'],
  ['a wrong number', { fields: { type: 'subscribe', subject: '/a', last: hostile } }, 400, 'invalid-field'],
  [
    'two pasts',
    { fields: { type: 'subscribe', subject: '/a', last: 1, latest: true } },
    400,
    'invalid-field',
  ],
  ['a forbidden subject', { fields: { type: 'subscribe', subject: '/xss' } }, 403, 'not-authorized'],
  [
    'an unknown subscription',
    { fields: { type: 'unsubscribe', subscription: 'xss' } },
    400,
    'unknown-subscription',
  ],
  ['a wrong nonce', { fields: { type: 'join', nonce: hostile } }, 400, 'invalid-field'],
  ['no ack', { fields: { type: 'ack' } }, 400, 'missing-field'],
  ['a wrong ack', { fields: { type: 'ack', ack: hostile } }, 400, 'invalid-cursor'],
  ['a publish without data', { fields: { type: 'publish', subject: '/a' } }, 400, 'missing-field'],
  [
    'a publish to a wrong subject',
    { fields: { type: 'publish', subject: hostile, data: 1 } },
    400,
    'invalid-subject',
  ],
  [
    'a large event',
    { fields: { type: 'publish', subject: '/a', data: 'xss'.repeat(9000) } },
    400,
    'event-too-large',
  ],
  ['a batch of nothing', { fields: { type: 'batch', commands: hostile } }, 400, 'invalid-field'],
  ['a large body', { body: `{"xss":"${'x'.repeat(300_000)}"}` }, 413, 'body-too-large'],
  ['a long query', { query: `subject=/xss${'x'.repeat(9000)}` }, 414, 'malformed-request'],
  ['a query that names no subject', { query: 'type=join-listen&subject=xss' }, 400, 'invalid-pattern'],
  ['a query of a misspelt name', { query: `subjct=${encodeURIComponent(hostile)}` }, 400, 'invalid-field'],
  ['a command by GET', { query: 'type=leave&session=xss' }, 400, 'malformed-request'],
  ['another method', { method: 'PUT', query: 'subject=/xss' }, 405, 'malformed-request'],
  [
    'a GET with a body',
    { query: 'subject=/xss', headers: { 'content-length': '5' } },
    400,
    'malformed-request',
  ],
  [
    'another origin',
    { query: 'subject=/a', headers: { origin: 'https://xss.example' } },
    403,
    'forbidden-origin',
  ],
];

async function requestOf(
  world: Stage,
  given: MemoryRequestOptions & { fields?: object },
  accept: string,
): Promise<MemoryRequestOptions> {
  const { fields, ...request } = given;
  const headers = { accept, 'content-type': 'application/json', ...request.headers };
  if (fields === undefined) return { ...request, headers };
  const { session, key } = JSON.parse((await world.send({ body: '{"type":"join"}' })).body);
  return { ...request, headers, body: JSON.stringify({ session, key, ...fields }) };
}

describe.each(['application/x-ndjson', 'text/event-stream', 'application/json', '*/*'])(
  'a refusal with Accept: %s',
  (accept) => {
    it.each(wrong)(
      'of %s is a problem in JSON that repeats nothing',
      async (_what, request, status, code) => {
        const subscribe = ({ pattern }: { pattern: string }) => pattern !== '/xss';
        const world = stage({ authorize: { publish: true, subscribe } }, { maxEventBytes: 20_000 });
        const answer = await world.send(await requestOf(world, request, accept));
        expect([answer.status, problemOf(answer).code]).toEqual([status, code]);
      },
    );
  },
);

describe('a server that cannot serve', () => {
  const busy = async (): Promise<Stage> => {
    const world = stage({}, { maxSessions: 1 });
    const { session, key } = JSON.parse((await world.send({ body: '{"type":"join"}' })).body);
    await world.send({ body: JSON.stringify({ type: 'heartbeat', session, key }) });
    await world.send({ query: `session=${session}&key=${key}` });
    return world;
  };
  const closed = async (): Promise<Stage> => {
    const world = stage();
    await world.handler.close();
    return world;
  };

  it.each([
    ['is full', busy, 'too-many-sessions', '15'],
    ['goes away', closed, 'hub-closed', '3'],
  ])('because it %s says so with a 503', async (_what, make, code, retryAfter) => {
    const world = await make();
    for (const accept of ['application/x-ndjson', 'application/json']) {
      const answer = await world.send({ query: 'subject=/a', headers: { accept } });
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, retryAfter]);
      expect(problemOf(answer).code).toBe(code);
    }
  });

  it.each([
    ['is full', busy, 'refused'],
    ['goes away', closed, 'abort'],
  ])('because it %s gives an EventSource a 200, or it would never come back', async (_what, make, name) => {
    const world = await make();
    const headers = { accept: 'text/event-stream' };
    const { status, body } = await world.send({ query: 'subject=/a', headers });
    expect(status).toBe(200);
    expect(body).toMatch(new RegExp(`\\nevent: ${name}\\ndata: .*\\n\\nretry: \\d+\\n\\n$`));
  });
});

it.each(['text/plain;charset=UTF-8', '', 'application/x-www-form-urlencoded'])(
  'JSON that breaks off is refused with a problem report when it is sent as %j',
  async (type) => {
    const headers = type === '' ? {} : { 'content-type': type };
    expect(problemOf(await stage().send({ body: '{"type":"join"', headers })).code).toBe('malformed-request');
    const classic = await stage().send({ body: '{"p_event":"join"', headers });
    expect([classic.status, classic.headers['content-type']]).toEqual([400, 'text/html;charset=UTF-8']);
  },
);

it.each([
  ['text/plain;charset=UTF-8', { origin: 'https://evil.example' }, 403],
  ['application/x-www-form-urlencoded', { origin: 'https://evil.example' }, 403],
])('a POST of %s that is refused before it is read gets a problem report', async (type, more, status) => {
  const headers = { 'content-type': type, host: 'app.example', ...more };
  const answer = await stage({ origins: [] }).send({ body: '{"type":"join"}', headers });
  expect(answer.status).toBe(status);
  problemOf(answer);
});

describe('a value that means nothing', () => {
  const ask = async (fields: object) => {
    const world = stage({ authorize: { publish: true } });
    const alice = await world.join('ndjson');
    const body = JSON.stringify({ session: alice.id, ...fields });
    const headers = { cookie: alice.cookie, 'content-type': 'application/json' };
    return problemOf(await world.send({ body, headers })).detail;
  };

  it.each(['', null])(
    'is refused as the recipient of a publish: %j, which must not reach everybody',
    async (to) => {
      expect(await ask({ type: 'publish', subject: '/q', data: 1, to })).toBe('to is empty');
    },
  );

  it.each([
    [{ type: 'subscribe', subject: '/a', latest: 'yes' }, 'latest is neither true nor false'],
    [{ type: 'subscribe', subject: '/a', last: 2, latest: true }, 'last is given together with latest'],
    [{ type: 'listen', heartbeats: 'foo' }, 'heartbeats is not "answer"'],
  ])('is refused: %j', async (fields, detail) => {
    expect(await ask(fields)).toBe(detail);
  });
});
