import type http from 'node:http';
import { createClient } from '@cometkit/client';
import { parseCursor } from '@cometkit/core';
import { comet } from '@cometkit/express';
import { createHandler, type SubscribeContext } from '@cometkit/handler';
import { createInspector, explain, type InspectorAction, type InspectorOptions } from '@cometkit/inspector';
import { createHub, type Hub } from '@cometkit/node';
import { openStream, send } from '@cometkit/testkit';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';
import { eventually } from '../support/eventually.ts';
import { json, serveInspector } from './kit.ts';

async function serve(options: Partial<InspectorOptions> = {}) {
  const hub = createHub();
  return { hub, ...(await serveInspector(hub, options, { authorize: { join: () => 'ann' } })) };
}

const onlySession = (hub: Hub) => [...hub.sessions()][0]!;

describe('the inspector', () => {
  it('serves its page and the files of it, with a policy that lets in nothing else', async () => {
    const { url } = await serve();
    for (const name of ['', 'inspector.js', 'parts.js', 'drain.js', 'inspector.css', 'cometkit.js']) {
      const { status, headers } = await send(`${url}/inspector/${name}`);
      expect([name, status, headers['content-security-policy']]).toEqual([
        name,
        200,
        expect.stringContaining("default-src 'none'"),
      ]);
    }
    const without = await send(`${url}/inspector`);
    expect([without.status, without.headers['location']]).toEqual([308, 'inspector/']);
    expect((await send(`${url}/inspector/../package.json`)).status).toBe(404);
    expect((await send(`${url}/inspectors`)).status).toBe(404);
  });

  it('lists sessions without a key, a cookie or a payload', async () => {
    const { hub, url, read } = await serve();
    const stream = await openStream(`${url}/push?subject=/orders&format=ndjson`);
    await stream.until('heartbeat');
    hub.publish('/orders', { card: 'payload-4711' });
    const { rows, total } = await read('sessions?find=/ord');
    expect([total, rows[0].principal, rows[0].patterns, rows[0].state]).toEqual([
      1,
      'ann',
      ['/orders'],
      'open',
    ]);
    const one = JSON.stringify(await read(`sessions/${onlySession(hub).id}`));
    expect(one).toContain('"what":"opened"');
    for (const secret of [onlySession(hub).secret, 'payload-4711'])
      expect(JSON.stringify(rows) + one).not.toContain(secret);
    expect((await read('sessions?find=/none')).total).toBe(0);
    stream.close();
  });

  it('shows a part of what is long or much, however much clients subscribe to', async () => {
    const hub = createHub({ maxSessions: 1000 });
    const { url, read } = await serveInspector(hub);
    for (let at = 0; at < 450; at += 1) {
      const session = hub.join({ principal: `<img src=x>${'p'.repeat(3000)}${at}` });
      for (let one = 0; one < 50; one += 1) hub.subscribe(session, `/${at}/${one}`);
    }
    const { rows, total } = await read('sessions?find=p449');
    expect([total, rows[0].principal]).toEqual([1, `<img src=x>${'p'.repeat(89)}…`]);
    const page = await openStream(`${url}/inspector/push?subject=/overview&format=ndjson`);
    await page.until('"counted":20000');
    page.close();
  });

  it('tells its page once a second what the hub does, and only while somebody looks', async () => {
    const { url } = await serve();
    const stream = await openStream(`${url}/inspector/push?subject=/overview&format=ndjson`);
    const text = await stream.until('"logEvents"');
    expect(text).toContain('"subject":"/overview"');
    stream.close();
  });

  it('publishes, takes subscriptions away and ends a session', async () => {
    const { hub, url, act } = await serve();
    const stream = await openStream(`${url}/push?subject=/a&format=ndjson`);
    await stream.until('heartbeat');
    const session = onlySession(hub).id;
    expect(JSON.parse((await act('publish', { subject: '/a', data: { n: 1 } })).body)).toEqual({
      position: 1,
    });
    await stream.until('"n":1');
    expect(JSON.parse((await act('revoke', { session, pattern: '/a' })).body)).toEqual({ revoked: 1 });
    expect(JSON.parse((await act('end', { session })).body)).toEqual({ ended: true });
    expect(await stream.rest()).toContain('"revoked"');
    expect((await act('end', { session })).status).toBe(404);
    expect((await explain(hub, session, '/a'))[0]?.sentences[0]).toMatch(
      /it ended \d+ s ago, reason "revoked"/,
    );
  });

  it.each([
    ['no JSON', { body: '{' }, 400, 'the body is no JSON'],
    ['no object', { body: '1' }, 400, 'the body must be a JSON object'],
    ['a subject that is none', { body: '{"subject":"no","data":1}' }, 400, 'subject'],
    ['no data', { body: '{"subject":"/a"}' }, 400, 'data'],
    ['a form', { headers: { 'content-type': 'text/plain' } }, 415, 'application/json'],
    ['another site', { headers: { ...json, 'sec-fetch-site': 'cross-site' } }, 403, 'another site'],
    ['too much', { body: JSON.stringify({ subject: '/a', data: 'x'.repeat(70_000) }) }, 413, '65,536'],
  ])('refuses to publish from %s', async (_what, given, status, words) => {
    const { hub, url } = await serve();
    const answer = await send(`${url}/inspector/actions/publish`, {
      headers: json,
      body: '{"subject":"/a","data":1}',
      ...given,
    });
    expect([answer.status, answer.body]).toEqual([status, expect.stringContaining(words)]);
    expect(hub.stats().published).toBe(0);
  });

  it('asks for every request who may do what, and shows nothing when the answer is not true', async () => {
    const asked: InspectorAction[] = [];
    const { url, act, hub } = await serve({
      authorize: (_request, action) => {
        asked.push(action);
        if (action === 'end') throw new Error('broken');
        return action === 'look' ? Promise.resolve(true) : ('yes' as never);
      },
    });
    const statuses = [
      (await send(`${url}/inspector/sessions`)).status,
      (await act('publish', { subject: '/a', data: 1 })).status,
      (await act('end', {})).status,
    ];
    expect([statuses, asked, hub.stats().published]).toEqual([
      [200, 403, 403],
      ['look', 'publish', 'end'],
      0,
    ]);
  });

  it('drains the node that a request names, once, and tells its page how far it is', async () => {
    const { hub, url, act, push } = await serve({ drain: { settleMs: 0, drainMs: 0 } });
    const page = await openStream(`${url}/inspector/push?subject=/overview&format=ndjson`);
    const stream = await openStream(`${url}/push?subject=/a&format=ndjson`);
    const [, node] = /"drain":{[^}]*"state":"possible","node":"([^"]+)"/.exec(
      await page.until('"state":"possible"'),
    )!;
    await stream.until('heartbeat');
    expect((await act('drain', { node: 'another' })).body).toContain('another node than the one it names');
    expect([(await act('drain', {})).status, push.ready()]).toEqual([409, true]);
    expect(JSON.parse((await act('drain', { node })).body)).toEqual({ draining: node });
    expect(push.ready()).toBe(false);
    expect(await stream.rest()).toContain('"refresh"');
    await page.until('"state":"drained"');
    expect((await act('drain', { node })).body).toContain('this node has been drained');
    // Nobody is lost: who comes back is served.
    expect([hub.closed, hub.stats().sessions]).toEqual([false, 1]);
    page.close();
  });

  it('drains nothing where the option, the hook or what it was given forbids it', async () => {
    const forbidden = await serve({ drain: false });
    const node = parseCursor(forbidden.hub.cursor())?.epoch;
    const refused = await serve({ authorize: (_request, action) => action !== 'drain' });
    expect((await forbidden.act('drain', { node })).body).toContain('option drain of the inspector');
    expect((await refused.act('drain', { node })).status).toBe(403);
    expect([forbidden.push.ready(), refused.push.ready()]).toEqual([true, true]);
    const hub = createHub();
    const alone = await disposableServer(
      createInspector(hub, { path: '/inspector', authorize: () => true }),
      '/inspector/actions/drain',
    );
    const answer = await send(alone.url, { headers: json, body: '{"node":""}' });
    expect([answer.status, answer.body]).toEqual([
      409,
      expect.stringContaining('give it what serves the hub'),
    ]);
    hub.close();
    await alone.close();
  });

  it.each([
    ['comet() of Express', comet()],
    ['a handler', createHandler(createHub())],
  ])('can drain what %s serves', async (_what, push) => {
    const inspector = createInspector(push, {
      path: '/inspector',
      authorize: () => true,
      drain: { settleMs: 0 },
    });
    const server = await disposableServer(inspector, '/inspector/actions/drain');
    const node = parseCursor(push.hub.cursor())?.epoch;
    expect((await send(server.url, { headers: json, body: JSON.stringify({ node }) })).status).toBe(200);
    expect(push.ready()).toBe(false);
    await push.close();
    await server.close();
  });

  it('is mounted in Express, behind its middleware', async () => {
    const app = express();
    app.use(express.json());
    const hub = createHub();
    const inspector = createInspector(hub, {
      authorize: ({ headers }) => headers.authorization === 'Basic me',
    });
    app.use('/ops/inspector', inspector);
    const server = await disposableServer(app as unknown as http.RequestListener, '');
    onTestFinished(async () => {
      hub.close();
      await inspector.close();
      await server.close();
    });
    const me = { authorization: 'Basic me' };
    expect((await send(`${server.url}/ops/inspector/`)).status).toBe(403);
    expect((await send(`${server.url}/ops/inspector`, { headers: me })).headers['location']).toBe(
      'inspector/',
    );
    expect((await send(`${server.url}/ops/inspector/`, { headers: me })).body).toContain('<h1>');
    const published = await send(`${server.url}/ops/inspector/actions/publish`, {
      headers: { ...json, ...me },
      body: '{"subject":"/a","data":1}',
    });
    expect(published.body).toBe('{"position":1}');
  });

  it('ends its streams with the hub', async () => {
    const { hub, url } = await serve();
    const stream = await openStream(`${url}/inspector/push?subject=/overview&format=ndjson`);
    await stream.until('heartbeat');
    hub.close();
    expect(await stream.rest()).toContain('shutdown');
  });

  it.each([
    ['no hub', () => createInspector({} as never, { authorize: () => true }), /first argument must be a hub/],
    ['no options', () => createInspector(createHub(), undefined as never), /authorize is missing/],
    ['no hook', () => createInspector(createHub(), {} as never), /authorize is missing/],
    [
      'a wrong name',
      () => createInspector(createHub(), { authorise: true } as never),
      /did you mean `authorize`/,
    ],
    [
      'a drain of a wrong kind',
      () => createInspector(createHub(), { authorize: () => true, drain: true as never }),
      /drain.*false or an object of options/,
    ],
  ])('throws with %s', (_what, make, words) => {
    expect(make).toThrow(words);
    expect(make).toThrow(TypeError);
  });
});

describe('why an event did not arrive', () => {
  it.each([
    ['nobody', () => explain(createHub(), undefined as never, '/a'), /who must be/],
    ['no subject', () => explain(createHub(), 'id', undefined as never), /subject must be a text/],
    ['no hub', () => explain({} as never, 'id', '/a'), /first argument must be a hub/],
  ])('cannot be asked with %s', async (_what, ask, words) => {
    await expect(ask()).rejects.toThrow(words);
    await expect(ask()).rejects.toThrow(TypeError);
  });

  it('is that no subscription matches, and what there is', async () => {
    const hub = createHub();
    const session = hub.join();
    expect((await explain(hub, session.id, '/a'))[0]).toMatchObject({ arrives: false });
    expect((await explain(hub, session.id, '/a'))[0]?.sentences[0]).toBe('It has no subscription.');
    hub.subscribe(session, '/News');
    expect((await explain(hub, session.id, '/news'))[0]?.sentences[0]).toBe(
      'No subscription matches this subject; it has /News. /News would, but for capital letters.',
    );
    hub.close();
  });

  it('is that nobody listens, or reads, while events wait', async () => {
    const { hub, url } = await serve();
    const stream = await openStream(`${url}/push?subject=/a&format=ndjson`);
    await stream.until('heartbeat');
    const { id } = onlySession(hub);
    expect((await explain(hub, { principal: 'ann' }, '/a'))[0]).toMatchObject({ session: id, arrives: true });
    stream.close();
    await eventually('the channel is gone', () => hub.stats().attached === 0);
    hub.publish('/a', 1);
    const [given] = await explain(hub, id, '/a');
    expect([given?.arrives, given?.sentences]).toEqual([
      false,
      [
        'The subscription /a matches.',
        'No channel is open: events wait until the client comes back, or until its lease ends.',
        expect.stringMatching(/^1 event \(\d+ bytes\) waits or is not acknowledged: .* the newest is 1\.$/),
      ],
    ]);
    expect((await explain(hub, { principal: 'bob' }, '/a'))[0]?.sentences).toEqual([
      'No session here belongs to this principal.',
    ]);
  });

  it('is that it is no subject', async () => {
    const hub = createHub();
    const session = hub.join();
    hub.subscribe(session, '/orders');
    for (const subject of ['orders', '/orders/', '', '/a b'.repeat(100)])
      expect((await explain(hub, session.id, subject))[0]?.sentences[0]).toMatch(
        /^As a path it is not valid, so that nothing is published there: /,
      );
    hub.close();
  });

  it('is that a hook refused, with what it was asked about and what it said', async () => {
    const hub = createHub();
    const subscribe = ({ pattern }: SubscribeContext) =>
      pattern === '/secret' ? { refuse: 'only for staff' } : true;
    const { url, read } = await serveInspector(hub, {}, { authorize: { subscribe } });
    const client = createClient(`${url}/push`);
    onTestFinished(() => client.close());
    client.subscribe('/a');
    for (let n = 0; n < 2; n += 1) {
      await new Promise((resolve) => {
        client.on('error', resolve);
        client.subscribe('/secret');
      });
    }
    const { id } = onlySession(hub);
    const [given] = await explain(hub, id, '/secret');
    expect(given?.sentences.filter((sentence) => sentence.includes('hook'))).toEqual([
      expect.stringMatching(/^The subscribe hook refused \/secret \(\d s ago\): only for staff\.$/),
    ]);
    expect((await read(`sessions/${id}`)).timeline.at(-1)).toMatchObject({
      what: 'refused',
      reason: 'not-authorized',
      hook: 'subscribe',
      about: '/secret',
    });
  });

  it('is no more than five refusals of a session, and none among what happened to others', async () => {
    const hub = createHub();
    const subscribe = ({ pattern }: SubscribeContext) => !pattern.startsWith('/no/');
    const { url, read } = await serveInspector(hub, {}, { authorize: { subscribe } });
    const client = createClient(`${url}/push`);
    onTestFinished(() => client.close());
    client.subscribe('/a');
    let refused = 0;
    client.on('error', () => {
      refused += 1;
    });
    for (let n = 0; n < 30; n += 1) client.subscribe(`/no/${n}`);
    await eventually('all are refused', () => refused === 30);
    const { timeline } = await read(`sessions/${onlySession(hub).id}`);
    expect(timeline.filter(({ what }: { what: string }) => what === 'refused')).toHaveLength(5);
    expect(timeline.at(0).what).toBe('opened');
    const page = await openStream(`${url}/inspector/push?subject=/overview&format=ndjson`);
    expect(await page.until('"what":"opened"')).not.toContain('"what":"refused"');
    page.close();
  });

  it('is a gap, with its reason', async () => {
    const hub = createHub({ queueLimit: 2, log: { maxEvents: 2 } });
    createInspector(hub, { authorize: () => true });
    const session = hub.join();
    hub.subscribe(session, '/a');
    for (let n = 0; n < 9; n += 1) hub.publish('/a', n);
    session.take();
    expect((await explain(hub, session.id, '/a'))[0]?.sentences.at(-1)).toMatch(
      /^A gap covers positions 1 to \d \(0 s ago\)/,
    );
    hub.close();
  });
});
