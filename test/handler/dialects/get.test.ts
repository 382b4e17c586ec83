import { describe, expect, it } from 'vitest';
import { stage } from '../kit.ts';

describe('a GET without a type', () => {
  it('listens in a new session when it names a subject', async () => {
    const { send, hub, turn } = stage();
    const { outlet } = await send({ query: 'subject=/news' });
    hub.publish('/news/today', { title: 'x' });
    await turn();
    const [ack] = outlet.text.split('\n').map((line) => (line === '' ? {} : JSON.parse(line)));
    expect(ack).toMatchObject({ type: 'join-listen-ack', mode: 'stream' });
    expect(hub.stats().attached).toBe(1);
  });

  it('listens in the session that it names', async () => {
    const { send } = stage();
    const { session, key } = JSON.parse((await send({ body: '{"type":"join"}' })).body);
    const { outlet } = await send({ query: `session=${session}&key=${key}&subject=/a` });
    expect(outlet.text).toMatch(/^\{"type":"listen-ack","mode":"stream"/);
  });

  it.each(['', '_=1', 'type=', 'subject=', 'token=abc'])(
    'and without either shows a browser what to ask for: ?%s',
    async (query) => {
      const { send } = stage();
      const accept = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
      const { status, headers, body } = await send({ method: 'GET', query, headers: { accept } });
      expect([status, headers['content-type']]).toEqual([200, 'text/html;charset=UTF-8']);
      expect(body).toContain("new EventSource('THIS_ADDRESS?subject=/')");
    },
  );

  it.each([undefined, '*/*', 'text/event-stream', 'application/json', 'application/x-ndjson'])(
    'and without either refuses a program that accepts %s, in words',
    async (accept) => {
      const { send, hub } = stage();
      const headers = accept === undefined ? {} : { accept };
      const { status, headers: told, body } = await send({ method: 'GET', query: '', headers });
      expect([status, told['content-type']]).toEqual([400, 'application/problem+json']);
      expect(JSON.parse(body)).toMatchObject({
        code: 'missing-field',
        detail: 'no subject specified; to see events ask for ?subject=/news',
      });
      expect(hub.stats().sessions).toBe(0);
    },
  );
});

describe('a command by GET', () => {
  it.each(['subscribe', 'unsubscribe', 'publish', 'heartbeat', 'ack', 'leave', 'batch'])(
    'is refused: %s',
    async (type) => {
      const { send, hub } = stage({ authorize: { publish: true } });
      const { session, key } = JSON.parse((await send({ body: '{"type":"join"}' })).body);
      const query = new URLSearchParams({ type, session, key, subject: '/a', data: '1' }).toString();
      const { status, body } = await send({ query });
      expect(status).toBe(400);
      expect(JSON.parse(body)).toMatchObject({
        code: 'malformed-request',
        detail: 'type names a command that is sent by POST, as JSON',
      });
      expect([hub.stats().sessions, hub.stats().subscriptions, hub.stats().published]).toEqual([1, 0, 0]);
    },
  );

  it('is none of its own when nothing is named so', async () => {
    const { send } = stage();
    const { status, body } = await send({ query: 'type=nonsense' });
    expect([status, body.includes('nonsense')]).toEqual([400, false]);
  });

  it.each(['join', 'join-listen'])('is served when it only opens what is read: %s', async (type) => {
    const { send, hub } = stage();
    await send({ query: `type=${type}&subject=/a` });
    expect(hub.stats().sessions).toBe(1);
  });

  it('as a form by POST is served', async () => {
    const { send } = stage();
    const { session, key } = JSON.parse((await send({ body: 'type=join' })).body);
    const form = new URLSearchParams({ type: 'subscribe', session, key, subject: '/a' }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    expect((await send({ body: form, headers })).body).toContain('subscribe-ack');
  });
});

it.each([
  ['format=json', '&format=json'],
  ['format=sse', '&format=sse'],
  ['format=sse&events=subject', '&format=sse&events=subject'],
  ['format=sse&events=envelope', '&format=sse&events=envelope'],
  ['format=ndjson', ''],
])('the url of a refresh keeps %s', async (asked, kept) => {
  const { body } = await stage().send({ query: `subject=/a&mode=poll&${asked}` });
  const [, url = ''] = /"url":"([^"]+)"/.exec(body) ?? [];
  expect(url).toMatch(/^\/push\?session=[\w-]+&type=refresh&ack=[\w-]+/);
  expect(url.replace(/^.*&ack=[\w-]+/, '')).toBe(kept);
});
