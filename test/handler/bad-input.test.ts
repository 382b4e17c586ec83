import { describe, expect, it } from 'vitest';
import { isModern, refusedIn, stage } from './kit.ts';

const formats = ['js', 'xml', 'xml-strict', 'json', 'ndjson', 'sse'];
const poison = '<script>alert(1)</script>"\'\\\u2028';

describe.each(formats)('in %s', (format) => {
  const modern = isModern(format);
  const refused = refusedIn(format);
  const alive = modern ? 'heartbeat-ack' : 'hb-ack';

  it('an unknown command is refused, and the session stays', async () => {
    const { join } = stage();
    const alice = await join(format);
    const { status, body } = await alice.does(poison);
    expect([status, body.includes(refused), body.includes('alert')]).toEqual([
      modern ? 400 : 200,
      true,
      false,
    ]);
    expect((await alice.does('heartbeat')).body).toContain(alive);
  });

  it('an unknown mode is refused, and the session stays', async () => {
    const { join } = stage();
    const alice = await join(format);
    const { body } = await alice.does('listen', { mode: poison });
    expect([body.includes(modern ? 'mode is' : 'p_mode'), body.includes('alert')]).toEqual([true, false]);
    expect((await alice.does('heartbeat')).body).toContain(alive);
  });

  it('an unknown session is a 400, or gone for a modern client', async () => {
    const { get } = stage();
    const { status, body } = await get({ type: 'listen', session: poison, format });
    expect([status, body.includes('invalid or expired id'), body.includes('alert')]).toEqual([
      modern ? 410 : 400,
      true,
      false,
    ]);
  });

  it('a request without a command, or without an id, is a 400', async () => {
    const { get } = stage();
    for (const [fields, told] of [
      [{}, modern ? 'no subject specified' : 'no p_event specified'],
      [{ type: '' }, modern ? 'no type specified' : 'no p_event specified'],
      [{ type: 'listen' }, modern ? 'no session specified' : 'no p_id specified'],
      [{ type: 'listen', session: '' }, modern ? 'no session specified' : 'no p_id specified'],
    ] as const) {
      const { status, body } = await get({ ...fields, format });
      expect([status, body.includes(told)]).toEqual([400, true]);
    }
  });

  it.each(['', 'no-slash', '/a//b', '/a\u0000b', '/a\nb', `/${'x'.repeat(300)}`, '/a'.repeat(20)])(
    'the subject %j is refused, and the session stays',
    async (subject) => {
      const { join, hub } = stage({ authorize: { publish: true } });
      const alice = await join(format);
      for (const event of ['subscribe', 'publish']) {
        expect((await alice.does(event, { subject, data: '1' })).body).toContain(refused);
      }
      expect([hub.stats().sessions, hub.stats().published, hub.stats().subscriptions]).toEqual([1, 0, 0]);
    },
  );

  it.each(['\u0000', 'a\u0007b', '\uffff', 'x'.repeat(129)])('the label %j is refused', async (label) => {
    const { join, hub } = stage();
    const alice = await join(format);
    expect((await alice.does('subscribe', { subject: '/a', label })).body).toContain(refused);
    expect(hub.stats().subscriptions).toBe(0);
  });

  it.each(['__proto__', 'constructor', 'length', 'toString', 'hasOwnProperty', 'a\u0001', ' '])(
    'a published field named %j is refused',
    async (name) => {
      const { join, hub } = stage({ authorize: { publish: true } });
      const alice = await join(format);
      const { body } = await alice.does('publish', { subject: '/a', ...Object.fromEntries([[name, 'x']]) });
      expect([body.includes(refused), hub.stats().published]).toEqual([true, 0]);
    },
  );

  it('what a client says comes back only as text', async () => {
    const { join, get } = stage();
    const alice = await join(format);
    const label = '</script><img src=x>"\'&>';
    const { body } = await alice.does('subscribe', { subject: '/a', label });
    if (format === 'js') expect(body).not.toMatch(/<\/script><img|<img/);
    if (format === 'xml-strict')
      expect(body).toContain('p_label="&lt;/script&gt;&lt;img src=x&gt;&quot;&apos;&amp;&gt;"');
    const other = await get({ type: 'join-listen', subject: '/a', label, format });
    if (format === 'js') expect(other.outlet.text).not.toContain('<img');
  });
});

describe('hostile names', () => {
  it.each(['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is no command, format, mode or id',
    async (name) => {
      const { get, join } = stage();
      const before = Object.getOwnPropertyNames(Object.prototype);
      expect((await get({ type: name })).status).toBe(400);
      expect((await get({ type: 'join', format: name })).status).toBe(400);
      expect((await get({ type: 'heartbeat', session: name })).status).toBe(400);
      expect((await get({ type: name, format: 'ndjson' })).status).toBe(400);
      expect((await get({ type: 'heartbeat', session: name, format: 'ndjson' })).status).toBe(410);
      const alice = await join();
      for (const fields of [{ mode: name }, { subject: name }]) {
        expect((await alice.does('listen', fields)).body).toContain('nack');
      }
      expect((await alice.does('unsubscribe', { subscription: name })).body).toContain('nack');
      expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before);
    },
  );
});

describe('p_format', () => {
  it('is refused when it is unknown: named, and not repeated', async () => {
    const { get, hub } = stage();
    const { status, body } = await get({ type: 'join', format: 'evil' });
    expect([status, body.includes('p_format'), body.includes('evil'), hub.stats().sessions]).toEqual([
      400,
      true,
      false,
      0,
    ]);
  });

  it('is refused with a nack when it asks for Java objects', async () => {
    const { get } = stage();
    const { status, body } = await get({ type: 'join', format: 'ser' });
    expect([status, body.includes('nack')]).toEqual([200, true]);
  });
});

describe('a refusal', () => {
  it('is a small page where the client may be an iframe', async () => {
    const { get } = stage();
    const { headers, body } = await get({ type: 'heartbeat' });
    expect(headers['content-type']).toBe('text/html;charset=UTF-8');
    expect(body).toBe(
      '<html><head><title>400 Bad Request</title></head><body><p>no p_id specified</p></body></html>\n',
    );
  });

  it('is a problem in JSON in the classic format json', async () => {
    const { get } = stage();
    const { headers, body } = await get({ type: 'heartbeat', session: 'x', format: 'json' });
    expect(headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(body)).toEqual({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      detail: 'invalid or expired id',
      code: 'unknown-session',
    });
  });

  it.each(['ndjson', 'sse'])(
    'is a problem in JSON in %s, with a link to what the code means',
    async (format) => {
      const { get } = stage();
      const { headers, body } = await get({ type: 'heartbeat', session: 'x', format });
      expect(headers['content-type']).toBe('application/problem+json');
      expect(JSON.parse(body)).toEqual({
        type: expect.stringMatching(/docs\/errors\.md#unknown-session$/),
        title: 'Gone',
        status: 410,
        detail: 'invalid or expired id',
        code: 'unknown-session',
      });
    },
  );

  it('of a modern client names its code', async () => {
    const { join } = stage();
    const { status, body } = await (await join('ndjson')).does('subscribe');
    expect(status).toBe(400);
    expect(JSON.parse(body)).toMatchObject({ code: 'missing-field', detail: 'no subject provided' });
  });
});

describe('a request', () => {
  it.each([
    ['a query that is too long', { query: `p_event=join&x=${'y'.repeat(9000)}` }, 414],
    ['a value that is too long', { query: `p_event=join&x=${'y'.repeat(8000)}` }, 200],
    ['too many fields', { query: `p_event=join&${'x&'.repeat(100)}` }, 400],
    ['a body that is nothing', { body: '' }, 400],
    ['a body that is a list', { body: { kind: 'parsed', value: [] } }, 400],
    ['a body that breaks off', { body: '<event p_event="join"' }, 400],
    ['an event that is an object', { body: '{"p_event":{"a":1}}' }, 400],
    ['an event that is a list', { body: '{"p_event":["join"]}' }, 400],
    ['a type that is an object', { body: '{"type":{"a":1}}' }, 400],
    ['a type that is a list', { body: '{"type":["join"]}' }, 400],
    ['a GET with a body', { query: 'p_event=join', headers: { 'content-length': '5' } }, 400],
    [
      'a GET with a chunked body',
      { query: 'p_event=join', headers: { 'transfer-encoding': 'chunked' } },
      400,
    ],
    ['another method', { method: 'PUT', query: 'p_event=join' }, 405],
    ['a method that is a name', { method: '__proto__' }, 405],
  ] as const)('with %s is answered with its status', async (_what, options, status) => {
    const { send } = stage();
    expect((await send(options as never)).status).toBe(status);
  });

  it('that fails inside is a 500 that says nothing, and is reported', async () => {
    const { get, hub, errors } = stage();
    hub.join = () => {
      throw new Error('secret detail');
    };
    const { status, body } = await get({ type: 'join' });
    expect([status, body.includes('secret'), errors.length]).toEqual([500, false, 1]);
  });

  it('by HEAD runs nothing', async () => {
    const { send, hub } = stage();
    const { status, body } = await send({ method: 'HEAD', query: 'p_event=join' });
    expect([status, body, hub.stats().sessions]).toEqual([200, '', 0]);
  });

  it('has at most so many subscriptions', async () => {
    const { join } = stage({}, { maxSubscriptions: 2 });
    const alice = await join();
    for (const subject of ['/a', '/b']) await alice.does('subscribe', { subject });
    expect((await alice.does('subscribe', { subject: '/c' })).body).toContain('at most 2 subscriptions');
  });

  it('publishes at most so much', async () => {
    const { join } = stage({ authorize: { publish: true } }, { maxEventBytes: 100 });
    const alice = await join();
    expect((await alice.does('publish', { subject: '/a', x: 'y'.repeat(100) })).body).toContain(
      'larger than 100',
    );
  });
});

describe('a lone surrogate', () => {
  it('is refused in a subject and a label, and carried in data', async () => {
    const { join, send } = stage({ authorize: { publish: true } });
    const alice = await join('ndjson');
    const post = async (fields: object) =>
      (
        await send({
          body: JSON.stringify({ session: alice.id, ...fields }),
          headers: { cookie: alice.cookie },
        })
      ).body;
    expect(await post({ type: 'subscribe', subject: '/\ud800' })).toContain(refusedIn('ndjson'));
    expect(await post({ type: 'subscribe', subject: '/a', label: '\udc00' })).toContain(refusedIn('ndjson'));
    await post({ type: 'listen', mode: 'poll', subject: '/a' });
    expect(await post({ type: 'publish', subject: '/a', data: '\ud800' })).toContain('publish-ack');
    expect((await alice.does('refresh')).body).toContain('"data":"\\ud800"');
  });
});

describe('the headers', () => {
  it('keep the answer from leaking, being sniffed or framed', async () => {
    const { get } = stage();
    const { headers } = await get({ type: 'join' });
    expect(headers).toMatchObject({
      'cache-control': ['no-store, no-cache, must-revalidate, no-transform', 'post-check=0, pre-check=0'],
      pragma: 'no-cache',
      expires: 'Sat, 6 May 1995 12:00:00 GMT',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': expect.stringMatching(
        /^default-src 'none'; script-src 'nonce-[\w-]{22}'; frame-ancestors 'self'$/,
      ),
    });
  });

  it('spare modern clients what the original said to the browsers of its time', async () => {
    const { get } = stage();
    const { headers } = await get({ type: 'join', format: 'ndjson' });
    expect(headers['cache-control']).toBe('no-store, no-cache, must-revalidate, no-transform');
    expect([headers['pragma'], headers['expires']]).toEqual([undefined, undefined]);
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': "default-src 'none'; frame-ancestors 'self'",
    });
  });

  it('let no script run in formats that have none', async () => {
    const { get } = stage();
    const { headers } = await get({ type: 'join', format: 'json' });
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'self'");
  });
});
