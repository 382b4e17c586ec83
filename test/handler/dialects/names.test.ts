import { describe, expect, it } from 'vitest';
import { stage } from '../kit.ts';

describe('a name in a query that looks like a mistake', () => {
  it.each([
    ['subjct=/a', 'subjct', 'subject'],
    ['Subject=/a', 'Subject', 'subject'],
    ['SUBJECT=/a', 'SUBJECT', 'subject'],
    ['sujbect=/a', 'sujbect', 'subject'],
    ['topic=/a', 'topic', 'subject'],
    ['channel=/a', 'channel', 'subject'],
    ['subject=/a&sinse=x', 'sinse', 'since'],
    ['subject=/a&fromat=sse', 'fromat', 'format'],
    ['subject=/a&evnets=subject', 'evnets', 'events'],
    ['subject=/a&tpye=listen', 'tpye', 'type'],
    ['sesion=abc', 'sesion', 'session'],
    ['subject=/a&Last=3', 'Last', 'last'],
  ])('is refused, with the one that was meant: ?%s', async (query, name, meant) => {
    for (const accept of ['text/event-stream', 'application/x-ndjson', 'text/html']) {
      const { send, hub } = stage();
      const { status, body } = await send({ query, headers: { accept } });
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({
        code: 'invalid-field',
        detail: `${name} is not known; did you mean ${meant}?`,
      });
      expect(hub.stats().sessions).toBe(0);
    }
  });
});

describe('a parameter of the application', () => {
  it.each([
    'token',
    'user',
    '_',
    'date',
    'topic',
    'channel',
    'rnd',
    'access_token',
    'room',
    'lang',
    'v',
    't',
  ])('passes beside a subject, for the hooks to read: %s', async (name) => {
    const seen: unknown[] = [];
    const join = ({ request }: { request: { query: string } }) => {
      seen.push(new URLSearchParams(request.query).get(name));
      return true;
    };
    const { send } = stage({ authorize: { join } });
    const { outlet } = await send({ query: `subject=/a&${name}=s3cret` });
    expect(outlet.text).toContain('join-listen-ack');
    expect([seen, outlet.text.includes('s3cret')]).toEqual([['s3cret'], false]);
  });
});

describe('a name in a body', () => {
  it.each([
    ['subjct', 'subjct is not known; did you mean subject?'],
    ['topic', 'topic is not known; did you mean subject?'],
    ['event', 'event is not known; did you mean type?'],
    ['id', 'id is not known; did you mean session?'],
    ['n', 'n is not known'],
    ['colour', 'colour is not known'],
    ['<script>', 'a field is not known'],
    ['x'.repeat(40), 'a field is not known'],
    ['constructor', 'constructor is not known'],
  ])('that is not known is refused, in JSON and in a form: %s', async (name, detail) => {
    const { send, hub } = stage();
    const fields = { type: 'join', [name]: '/x' };
    for (const body of [JSON.stringify(fields), new URLSearchParams(fields).toString()]) {
      const answer = await send({ body });
      expect(answer.status).toBe(400);
      expect(JSON.parse(answer.body).detail).toBe(detail);
    }
    expect(hub.stats().sessions).toBe(0);
  });

  it('that is __proto__ is not known either', async () => {
    const { send } = stage();
    const { status } = await send({ body: '{"type":"join","__proto__":{"type":"leave"}}' });
    expect(status).toBe(400);
  });

  it('that the server itself sends may come back', async () => {
    const { send } = stage();
    const joined = JSON.parse((await send({ body: '{"type":"join"}' })).body);
    const { body } = await send({ body: JSON.stringify({ ...joined, type: 'heartbeat' }) });
    expect(body).toContain('heartbeat-ack');
  });
});

describe('a publish', () => {
  it('is refused without data, however else it is named', async () => {
    const { send, hub } = stage({ authorize: { publish: true } });
    const { session, key } = JSON.parse((await send({ body: '{"type":"join"}' })).body);
    const publish = { type: 'publish', session, key, subject: '/a' };
    for (const [fields, detail] of [
      [{}, 'no data provided'],
      [{ text: 'hi' }, 'text is not known'],
      [{ dta: 1 }, 'dta is not known; did you mean data?'],
      [{ data: 1, text: 'hi' }, 'text is not known'],
    ] as const) {
      const { status, body } = await send({ body: JSON.stringify({ ...publish, ...fields }) });
      expect([status, JSON.parse(body).detail]).toEqual([400, detail]);
    }
    expect(hub.stats().published).toBe(0);
  });

  it.each([null, false, 0, '', [], {}])('carries data that is %j', async (data) => {
    const { send, hub } = stage({ authorize: { publish: true } });
    const { session, key } = JSON.parse((await send({ body: '{"type":"join"}' })).body);
    const body = JSON.stringify({ type: 'publish', session, key, subject: '/a', data });
    expect((await send({ body })).body).toContain('publish-ack');
    expect(hub.stats().published).toBe(1);
  });
});

describe('a classic request', () => {
  it('is not told of names that are misspelt, as in the original', async () => {
    for (const format of ['xml', 'js']) {
      const { get } = stage();
      const { body } = await get({ type: 'join', format, subjct: '/x', rnd: '7' });
      expect(body).toContain('join-ack');
    }
  });
});

it.each(['lst', 'lasst', 'mde', 'tpe', 'keyy', 'ackk', 'subjct', 'sesion', 'formt', 'latst', 'evnts'])(
  'a near miss in a query is refused: %s',
  async (name) => {
    const { status, body } = await stage().send({ query: `subject=/a&mode=poll&${name}=3` });
    expect([status, JSON.parse(body).code]).toEqual([400, 'invalid-field']);
  },
);

it.each([
  'token',
  'user',
  'lang',
  'lat',
  'object',
  'mission',
  'page',
  'room',
  'too',
  'v',
  'tenant',
  'list',
  'task',
])('a parameter of the application is allowed in a query: %s', async (name) => {
  expect((await stage().send({ query: `subject=/a&mode=poll&${name}=3` })).status).toBe(200);
});

it.each([
  'subject',
  'mode',
  'label',
  'last',
  'latest',
  'since',
  'ack',
  'nonce',
  'heartbeats',
  'format',
  'session',
])('null is refused as %s', async (name) => {
  const fields = { type: 'join-listen', subject: '/a', mode: 'poll', [name]: null };
  const { status, body } = await stage().send({ body: JSON.stringify(fields) });
  expect([status, JSON.parse(body).detail]).toEqual([400, `${name} is null`]);
});
