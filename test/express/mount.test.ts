import { type CometOptions, comet, createHub, type HandlerOptions } from '@cometkit/express';
import { eventually, join, openStream, send, urlOf } from '@cometkit/testkit';
import compression from 'compression';
import express, { type Express } from 'express';
import express4 from 'express4';
import { afterEach, describe, expect, it } from 'vitest';
import { type DisposableServer, disposableServer } from '../support/disposable-server.ts';

let server: DisposableServer | undefined;

async function serve(app: Express): Promise<string> {
  server = await disposableServer(app, '');
  return server.url;
}

afterEach(async () => {
  await server?.close();
  server = undefined;
});

describe('comet', () => {
  it('works without any option, with the verbs of its hub', async () => {
    const push = comet();
    const url = await serve(express().use('/push', push));
    const stream = await openStream(`${url}/push?type=join-listen&subject=/a&format=ndjson`);
    await stream.until('join-listen-ack');
    const [session] = push.hub.sessions();
    push.publish('/a', 'to subscribers');
    push.send(session?.id ?? '', '/b', 'to one');
    push.broadcast('/c', 'to all');
    await stream.until('to all');
    expect(stream.text).toMatch(/to subscribers[\s\S]*to one[\s\S]*to all/);
    await push.close();
    await stream.rest();
  });

  it('leaves everything below and beside its path to the app', async () => {
    const app = express().use('/push', comet());
    app.get('/push/below', (_request, response) => void response.send('mine'));
    app.use((_request, response) => void response.status(404).send('nobody'));
    const url = await serve(app);
    expect((await send(`${url}/push/below`)).body).toBe('mine');
    expect((await send(`${url}/pushy?p_event=join`)).body).toBe('nobody');
    expect((await send(`${url}/push/?p_event=join`)).body).toContain('join-ack');
    expect((await send(`${url}/push?p_event=join`)).body).toContain('join-ack');
  });

  it('serves one hub at two paths, with options of each', async () => {
    const push = comet();
    const app = express();
    app.use('/push', push);
    app.use('/pushlet/pushlet.srv', push.mount({ matching: 'prefix', format: 'xml' }));
    const url = await serve(app);
    const session = await join({ hub: push.hub, url: `${url}/pushlet/pushlet.srv` }, 'xml');
    const first = await session.command({ type: 'listen', mode: 'poll', subject: '/foo' });
    expect(first.body).toContain(`p_url="/pushlet/pushlet.srv?p_id=${session.id}&p_event=refresh`);
    push.publish('/foobar', { x: 'prefix' });
    expect((await session.command({ type: 'refresh' })).body).toContain('prefix');
  });

  it('takes a hub that exists, or the options of a new one', () => {
    const hub = createHub();
    expect(comet({ hub }).hub).toBe(hub);
    expect(comet({ hub: { maxSessions: 7 } }).hub.limits.maxSessions).toBe(7);
  });

  it('refuses options that make no sense, at once', () => {
    expect(() => comet({ maxBodyBytes: -1 })).toThrow(RangeError);
    expect(() => comet({ hub: { leaseMs: 0 } })).toThrow(RangeError);
  });
});

describe('a request behind the parsers of Express', () => {
  const element = '<event p_event="join" p_format="xml" />';

  it.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('is read in %s whether they have eaten it or not', async (_name, framework) => {
    const app = framework();
    app.use(framework.json(), framework.urlencoded({ extended: true }), framework.text(), framework.raw());
    app.use('/push', comet());
    const url = `${await serve(app)}/push`;
    for (const [type, body] of [
      ['application/json', '{"p_event":"join","p_format":"xml"}'],
      ['application/x-www-form-urlencoded', 'p_event=join&p_format=xml'],
      ['application/x-www-form-urlencoded', element],
      ['text/plain', element],
      ['application/octet-stream', element],
      ['text/xml', element],
      ['application/xml', element],
      ['', element],
    ] as const) {
      const answer = await send(url, { body, headers: type === '' ? {} : { 'content-type': type } });
      expect(answer.body, type).toMatch(/^<event p_event="join-ack"/);
    }
  });

  it('is read as on node:http, whatever the query parser of the app', async () => {
    const app = express();
    app.set('query parser', 'extended');
    app.use('/push', comet());
    const url = `${await serve(app)}/push`;
    const answers = await Promise.all(
      [
        'p_event[]=join',
        'p_event[a]=join',
        'p_event=join&p_event=leave',
        'p_event=%6aoin',
        'p_event=join&p_format[]=xml',
      ].map(async (query) => (await send(`${url}?${query}`)).status),
    );
    expect(answers).toEqual([400, 400, 200, 200, 200]);
  });
});

describe('trust proxy', () => {
  it('gives the client its own address and scheme', async () => {
    const app = express();
    app.set('trust proxy', true);
    const push = comet();
    app.use('/push', push);
    const url = `${await serve(app)}/push`;
    const headers = { 'x-forwarded-for': '203.0.113.5', 'x-forwarded-proto': 'https' };
    const joined = await send(`${url}?p_event=join&p_format=xml`, { headers });
    expect(joined.headers['set-cookie']?.[0]).toContain('; Secure');
    const [session] = push.hub.sessions();
    const hb = (from: string) =>
      send(`${url}?p_event=hb&p_id=${session?.id}`, { headers: { 'x-forwarded-for': from } });
    expect((await hb('203.0.113.5')).status).toBe(200);
    expect((await hb('203.0.113.6')).status).toBe(400);
  });

  it('is not given to a header that nobody trusts, and then no address proves anything', async () => {
    const push = comet();
    const url = `${await serve(express().use('/push', push))}/push`;
    await send(`${url}?p_event=join&p_format=xml`, { headers: { 'x-forwarded-for': '203.0.113.5' } });
    const [session] = push.hub.sessions();
    expect((await send(`${url}?p_event=hb&p_id=${session?.id}`)).status).toBe(400);
  });
});

describe('proxy-buffers: compression in front', () => {
  it('holds nothing back', async () => {
    const push = comet();
    const app = express()
      .use(compression({ threshold: 0 }))
      .use('/push', push);
    const url = `${await serve(app)}/push`;
    for (const format of ['sse', 'ndjson', 'xml', 'js']) {
      const stream = await openStream(
        urlOf({ hub: push.hub, url }, { type: 'join-listen', subject: '/a', format }),
        {
          headers: { 'accept-encoding': 'gzip, br' },
        },
      );
      expect(stream.headers['content-encoding']).toBeUndefined();
      await stream.until('join-listen-ack');
      push.publish('/a', 'now');
      await stream.until('now');
      stream.close();
      await eventually('the channel is released', () => push.hub.stats().attached === 0);
    }
  });
});

describe('headers that the app has set', () => {
  it.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('stay on a stream in %s', async (_name, framework) => {
    const push = comet({ origins: ['https://app.example'] });
    const app = framework();
    app.use((_request, response, next) => {
      response.cookie('csrf', 'abc').append('vary', 'Accept-Language').set('x-app', 'mine');
      next();
    });
    const url = await serve(app.use('/push', push));
    const stream = await openStream(`${url}/push?type=join-listen&subject=/a&format=sse`, {
      headers: { origin: 'https://app.example' },
    });
    await stream.until('join-listen-ack');
    expect(stream.headers).toMatchObject({ vary: 'Accept-Language, Origin', 'x-app': 'mine' });
    expect(stream.headers['set-cookie']).toEqual(['csrf=abc; Path=/', expect.stringMatching(/^cometkit_/)]);
    stream.close();
    await eventually('the channel is released', () => push.hub.stats().attached === 0);
  });
});

describe('a hook that fails', () => {
  it.each([
    ['Express 5', express],
    ['Express 4', express4],
  ])('does not get out of the middleware in %s', async (_name, framework) => {
    const errors: unknown[] = [];
    const join = () => Promise.reject(new Error('broken'));
    const push = comet({ authorize: { join }, onError: (error) => errors.push(error) });
    const app = framework().use('/push', push);
    app.use(
      (_error: unknown, _request: unknown, response: express.Response, _next: unknown) =>
        void response.send('leaked'),
    );
    const url = await serve(app);
    const answer = await send(`${url}/push?p_event=join&p_format=xml`);
    expect([answer.status, answer.body]).toEqual([200, expect.stringContaining('joining is not authorized')]);
    expect(errors).toHaveLength(1);
  });

  it('sees the request of Express', async () => {
    const push = comet({
      authorize: { join: ({ request }) => (request.native as { user?: string }).user ?? false },
    });
    const app = express();
    app.use((request, _response, next) => {
      Object.assign(request, { user: 'alice' });
      next();
    });
    const url = await serve(app.use('/push', push));
    await send(`${url}/push?p_event=join`);
    expect([...push.hub.sessions()][0]?.principal).toBe('alice');
  });
});

describe('a second mount', () => {
  const joinListen = 'p_event=join-listen&p_format=xml&p_mode=pull&p_subject=/secret';

  async function mounts(
    options: CometOptions,
    own?: HandlerOptions,
  ): Promise<{ main: string; second: string }> {
    const push = comet(options);
    const app = express().use('/push', push).use('/pushlet/pushlet.srv', push.mount(own));
    const url = await serve(app);
    return { main: `${url}/push`, second: `${url}/pushlet/pushlet.srv` };
  }

  it.each<[string, CometOptions]>([
    ['join hook', { authorize: { join: () => ({ refuse: 'sign in' }) } }],
    ['standing no', { authorize: { join: false } }],
    ['subscribe hook', { authorize: { subscribe: () => false } }],
    ['list of hosts', { hosts: ['app.example'] }],
  ])('is closed by the %s of the first', async (_what, options) => {
    for (const own of [
      undefined,
      {},
      { matching: 'prefix' },
      { authorize: {} },
      { authorize: undefined, hosts: undefined },
    ]) {
      const { main, second } = await mounts(options, own as HandlerOptions);
      for (const url of [main, second]) {
        const { body } = await send(`${url}?${joinListen}`);
        expect(body).not.toContain('-ack');
      }
      await server?.close();
    }
  });

  it('has the origins and limits of the first, and what it overrides', async () => {
    const origin = 'https://app.example';
    const options: CometOptions = { origins: [origin], maxQueryLength: 60, publicPath: '/push' };
    const { second } = await mounts(options, { format: 'xml' });
    const { headers, body } = await send(`${second}?p_event=join`, { headers: { origin } });
    expect([headers['access-control-allow-origin'], body]).toEqual([
      origin,
      expect.stringContaining('<event'),
    ]);
    expect((await send(`${second}?p_event=join&p_label=${'x'.repeat(60)}`)).status).toBe(414);
  });

  it('keeps the hooks that it does not override', async () => {
    const asked: string[] = [];
    const join = () => asked.push('join') > 0;
    const { second } = await mounts({ authorize: { join } }, { authorize: { publish: true } });
    expect((await send(`${second}?${joinListen}`)).body).toContain('join-listen-ack');
    expect(asked).toEqual(['join']);
  });

  it('is opened by a word', async () => {
    const { main, second } = await mounts({ authorize: { join: false } }, { authorize: { join: true } });
    expect((await send(`${main}?${joinListen}`)).body).not.toContain('-ack');
    expect((await send(`${second}?${joinListen}`)).body).toContain('join-listen-ack');
  });
});
