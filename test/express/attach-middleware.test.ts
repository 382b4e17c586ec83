import http, { type IncomingMessage } from 'node:http';
import { type AttachOptions, type Comet, type CometOptions, comet } from '@cometkit/express';
import { eachAdapter, openStream, send } from '@cometkit/testkit';
import compression from 'compression';
import express from 'express';
import helmet from 'helmet';
import { afterEach, describe, expect, it } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';

type Use = NonNullable<AttachOptions['use']>;

const joining = 'type=join&format=ndjson';
const closers: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

/** A push that is attached behind some middleware, its URL, and what it has reported. */
async function attached(
  use: Use,
  options: CometOptions = {},
): Promise<{ push: Comet; url: string; errors: unknown[] }> {
  const errors: unknown[] = [];
  const push = comet({ onError: (error) => errors.push(error), ...options });
  const server = http.createServer(express());
  push.attach(server, { use });
  const { url, close } = await disposableServer(server);
  closers.push(() => push.close(), close);
  return { push, url, errors };
}

const failing =
  (error: unknown): Use[number] =>
  (_request: unknown, _response: unknown, next: (e: unknown) => void) =>
    next(error);

describe('attached behind middleware that changes answers and reads bodies', () => {
  eachAdapter((hub, options) => {
    const server = http.createServer(express());
    const use = [
      helmet(),
      compression({ threshold: 0 }),
      express.json(),
      express.urlencoded(),
      express.text(),
    ];
    comet({ hub, ...options }).attach(server, { use });
    return disposableServer(server);
  }, it);
});

describe('middleware of attach', () => {
  it('runs in its order before the hooks, which see what it has put on the request', async () => {
    const calls: string[] = [];
    const note =
      (name: string): Use[number] =>
      (request, _response, next) => {
        calls.push(name);
        Object.assign(request, { user: name });
        setImmediate(next);
      };
    const join = ({ request: { native } }: { request: { native: unknown } }) => {
      calls.push('hook');
      return (native as { user?: string }).user ?? false;
    };
    const { push, url } = await attached([note('one'), note('two')], { authorize: { join } });
    expect((await send(`${url}?${joining}`)).body).toContain('join-ack');
    expect(calls).toEqual(['one', 'two', 'hook']);
    expect([...push.hub.sessions()][0]?.principal).toBe('two');
  });

  it('is shown the whole URL, under both of the names that Connect has', async () => {
    const seen: unknown[] = [];
    const look = (
      request: IncomingMessage & { originalUrl?: string },
      _response: unknown,
      next: () => void,
    ) => {
      seen.push(request.url, request.originalUrl);
      next();
    };
    const { url } = await attached([look as Use[number]]);
    await send(`${url}?${joining}`);
    expect(seen).toEqual([`/push?${joining}`, `/push?${joining}`]);
  });

  it('may answer itself, and set headers that stay', async () => {
    const { push, url } = await attached([
      (_request: IncomingMessage, response: http.ServerResponse, next: () => void) => {
        response.setHeader('x-limit', '1');
        next();
      },
      (request: IncomingMessage, response: http.ServerResponse, next: () => void) => {
        if (request.headers['x-many'] === undefined) next();
        else response.writeHead(429).end('slow down');
      },
    ]);
    expect((await send(`${url}?${joining}`)).headers['x-limit']).toBe('1');
    const refused = await send(`${url}?${joining}`, { headers: { 'x-many': '1' } });
    expect([refused.status, refused.body, push.hub.stats().sessions]).toEqual([429, 'slow down', 1]);
  });

  it.each<[string, unknown, number, string]>([
    ['with its status', Object.assign(new Error('secret'), { status: 401 }), 401, 'not-authorized'],
    ['with its statusCode', Object.assign(new Error('secret'), { statusCode: 429 }), 429, 'too-busy'],
    ['without a status', new Error('secret'), 500, 'internal'],
    ['with a status that is none', { status: 200 }, 500, 'internal'],
    ['with a status of another type', { status: '401' }, 500, 'internal'],
    ['with a text', 'route', 500, 'internal'],
  ])('that fails %s refuses the request, and says no more', async (_how, error, status, code) => {
    const { push, url, errors } = await attached([failing(error)]);
    for (const body of [undefined, '{"type":"join","format":"ndjson"}']) {
      const options = body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } };
      const answer = await send(body === undefined ? `${url}?${joining}` : url, options);
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toMatchObject({ status, code });
      expect(answer.body).not.toContain('secret');
    }
    expect([push.hub.stats().sessions, errors.length]).toEqual([0, status >= 500 ? 2 : 0]);
  });

  it.each<[string, Use[number]]>([
    [
      'throws',
      () => {
        throw undefined;
      },
    ],
    ['rejects', () => Promise.reject(new Error('no store'))],
    ['rejects with nothing', () => Promise.reject()],
  ])('that %s refuses the request', async (_how, middleware) => {
    const { push, url } = await attached([middleware]);
    expect((await send(`${url}?${joining}`)).status).toBe(500);
    expect(push.hub.stats().sessions).toBe(0);
  });

  it('that mends errors, with four parameters, lets the request go on', async () => {
    const mend = (_error: unknown, _request: unknown, _response: unknown, next: () => void) => next();
    const skipped = (_request: unknown, response: http.ServerResponse) => response.end('not here');
    const { url } = await attached([failing(new Error('first')), skipped, mend as never]);
    expect((await send(`${url}?${joining}`)).body).toContain('join-ack');
  });

  it('that goes on twice, or fails after it has gone on, serves the request once and is reported', async () => {
    const late = new Error('late');
    const { push, url, errors } = await attached([
      async (_request: unknown, _response: unknown, next: () => void) => {
        next();
        next();
        throw late;
      },
    ]);
    const stream = await openStream(`${url}?type=join-listen&subject=/a&format=ndjson`);
    await stream.until('"heartbeat"');
    push.publish('/a', 'alive');
    await stream.until('alive');
    stream.close();
    expect([errors, push.hub.stats().sessions]).toEqual([[late], 1]);
  });

  it('that fails in the middle of an answer has its connection dropped', async () => {
    const { url } = await attached([
      (_request: unknown, response: http.ServerResponse, next: (error: unknown) => void) => {
        response.writeHead(200).write('half');
        next(new Error('broken'));
      },
    ]);
    const stream = await openStream(`${url}?${joining}`).catch(() => undefined);
    if (stream !== undefined) await stream.rest();
  });

  it('lets a page of another origin read why it is refused', async () => {
    const origin = 'https://app.example';
    const error = Object.assign(new Error(), { status: 403 });
    const { url } = await attached([failing(error)], { origins: [origin] });
    const { headers } = await send(`${url}?${joining}`, { headers: { origin } });
    expect(headers['access-control-allow-origin']).toBe(origin);
  });
});
