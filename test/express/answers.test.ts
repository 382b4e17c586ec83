import { comet, type HandlerOptions } from '@cometkit/express';
import express from 'express';
import express4 from 'express4';
import supertest from 'supertest';
import { afterEach, describe, expect, it } from 'vitest';

const frameworks: [string, typeof express][] = [
  ['Express 5', express],
  ['Express 4', express4],
];
const other = 'https://app.example';
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function push(options: HandlerOptions = {}): ReturnType<typeof comet> {
  const made = comet(options);
  closers.push(() => made.close());
  return made;
}

const tokenOf = (cookies: unknown): string =>
  String(
    [cookies]
      .flat()
      .map((one) => String(one).split(';')[0])
      .join('; '),
  );

describe.each(frameworks)('%s: the finite answers', (_name, framework) => {
  it('of a session, from the join to the leave', async () => {
    const made = push({ authorize: { publish: true } });
    const api = supertest(framework().use('/push', made));
    const joined = await api
      .get('/push')
      .query({ type: 'join', format: 'ndjson' })
      .expect(200)
      .expect('content-type', /ndjson/);
    const { session: id, key } = JSON.parse(joined.text);
    const does = (type: string, fields = {}) =>
      api
        .post('/push')
        .type('form')
        .send({ type, session: id, key: key, ...fields });
    await does('subscribe', { subject: '/orders' })
      .expect(200)
      .expect(/subscribe-ack/);
    await does('publish', { subject: '/orders', data: 'tea' })
      .expect(200)
      .expect(/publish-ack/);
    made.publish('/orders', { item: 'milk' });
    await does('listen', { mode: 'poll' })
      .expect(200)
      .expect(/listen-ack/);
    const polled = await does('refresh', {}).expect(200);
    expect(polled.text).toMatch(/tea[\s\S]*milk/);
    await does('leave')
      .expect(200)
      .expect(/leave-ack/);
    await does('heartbeat').expect(410);
  });

  it('of refusals, each with its status and a type that says how to read it', async () => {
    const api = supertest(
      framework().use(
        '/push',
        push({ authorize: { join: () => ({ refuse: 'sign in' }) }, maxBodyBytes: 100 }),
      ),
    );
    for (const [event, format] of [
      ['join', 'ndjson'],
      ['join-listen', 'ndjson'],
      ['join', 'sse'],
      ['join-listen', 'sse'],
    ])
      await api
        .get(`/push?type=${event}&subject=/a&format=${format}`)
        .expect(403, /"detail":"sign in"/)
        .expect('content-type', /problem\+json/);
    await api.get('/push?p_event=join&p_format=json').expect(200, /sign in/);
    await api.get('/push?session=nobody').expect(410);
    await api.post('/push').send({ type: 'heartbeat', session: 'nobody' }).expect(410);
    await api.put('/push').expect(405).expect('allow', 'GET, POST, HEAD, OPTIONS');
    await api
      .post('/push')
      .type('form')
      .send({ type: 'join', pad: 'x'.repeat(200) })
      .expect(413);
    await api.get('/push/below').expect(404);
  });

  it('to HEAD, of the type that was asked for', async () => {
    const api = supertest(framework().use('/push', push({ origins: [other] })));
    for (const [query, type] of [
      ['type=join&format=sse', /event-stream/],
      ['type=join&format=ndjson', /x-ndjson/],
      ['p_event=join&p_format=xml', /plain/],
    ] as const) {
      const { text, headers } = await api.head(`/push?${query}`).set('origin', other).expect(200);
      expect([text ?? '', headers['content-type'], headers['access-control-allow-origin']]).toEqual([
        '',
        expect.stringMatching(type),
        other,
      ]);
    }
  });

  it('keep the headers of the app: cookies beside ours, lists joined', async () => {
    const app = framework();
    app.use((_request, response, next) => {
      response.cookie('csrf', 'abc');
      response.append('vary', 'Accept-Language');
      response.set('x-app', 'mine');
      response.set('access-control-expose-headers', 'x-app');
      next();
    });
    const api = supertest(app.use('/push', push({ origins: [other] })));
    const refused = 'type=refresh&session=nobody&format=ndjson';
    for (const query of ['type=join&format=ndjson', 'p_event=join&p_format=xml', refused]) {
      const { headers } = await api.get(`/push?${query}`).set('origin', other);
      expect(tokenOf(headers['set-cookie'])).toMatch(
        query === refused ? /^csrf=abc$/ : /^csrf=abc; cometkit_/,
      );
      expect(headers).toMatchObject({ vary: 'Accept-Language, Origin', 'x-app': 'mine' });
      expect(headers['access-control-expose-headers']).toContain('x-app');
    }
    const preflight = await api.options('/push').set('origin', other).expect(204);
    expect(tokenOf(preflight.headers['set-cookie'])).toBe('csrf=abc');
    expect(preflight.headers['vary']).toContain('Accept-Language, Origin');
    expect(tokenOf((await api.head('/push')).headers['set-cookie'])).toBe('csrf=abc');
  });

  it('of a classic poll keep them, too', async () => {
    const app = framework();
    app.use((_request, response, next) => {
      response.cookie('lang', 'eo');
      next();
    });
    const agent = supertest.agent(app.use('/push', push()));
    const joined = await agent.get('/push?p_event=join&p_format=xml').expect(200);
    const [, id] = /p_id="([^"]+)"/.exec(joined.text) ?? [];
    const polled = await agent.get(`/push?p_event=listen&p_mode=pull&p_subject=/a&p_id=${id}`).expect(200);
    expect(tokenOf(polled.headers['set-cookie'])).toMatch(/^lang=eo; cometkit-at-/);
  });

  it('come from routes, routers and mounts alike', async () => {
    const made = push();
    const wrapped = framework.Router();
    wrapped.get('/wrapped', (request, response, next) => made(request, response, next));
    wrapped.use('/inner', made);
    const app = framework();
    app.all(/.*/, (_request, _response, next) => next());
    app.get('/get', made).all('/all', made).use('/use', made).use('/router', wrapped);
    app.route('/route').get(made).post(made);
    app.get('/chain', (_request, _response, next) => next(), made);
    const api = supertest(app);
    const query = 'type=join&format=ndjson';
    for (const path of ['get', 'all', 'use', 'use/', 'router/wrapped', 'router/inner', 'route', 'chain'])
      await api.get(`/${path}?${query}`).expect(200, /join-ack/);
    for (const path of ['all', 'route', 'use'])
      await api
        .post(`/${path}`)
        .send(query)
        .expect(200, /join-ack/);
    for (const path of ['use/below', 'router/inner/below', 'other'])
      await api.get(`/${path}?${query}`).expect(404);
  });

  it('go to the host that a trusted proxy was asked for', async () => {
    const join = (app: express.Express, headers: Record<string, string>) =>
      supertest(app).post('/push').set(headers).type('form').send('type=join&format=ndjson');
    const forwarded = {
      host: 'inner:3000',
      'x-forwarded-host': 'intranet.example:8080, inner',
      origin: 'http://intranet.example:8080',
    };
    const trusting = framework().set('trust proxy', true).use('/push', push());
    await join(trusting, forwarded).expect(200);
    await join(trusting, { ...forwarded, origin: 'http://intranet.example:9090' }).expect(403);
    await join(framework().use('/push', push()), forwarded).expect(403);
    for (const forwarded of [
      'for=192.0.2.43;host="intranet.example:8080";proto=http, for=10.0.0.1;host=inner',
      'Host=intranet.example:8080',
    ]) {
      const standard = { host: 'inner:3000', forwarded, origin: 'http://intranet.example:8080' };
      await join(trusting, standard).expect(200);
      await join(trusting, { ...standard, origin: 'http://inner:3000' }).expect(403);
      await join(framework().use('/push', push()), standard).expect(403);
    }
    const broken = {
      host: 'inner:3000',
      forwarded: 'for="a;host=evil.example',
      origin: 'http://evil.example',
    };
    await join(trusting, broken).expect(403);
    const hosts = framework()
      .set('trust proxy', true)
      .use('/push', push({ hosts: ['intranet.example'] }));
    await join(hosts, forwarded).expect(200);
  });
});
