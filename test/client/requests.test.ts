import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ClientOptions, TransportName } from '@cometkit/client';
import { type Asked, RequestError, talkOf } from '@cometkit/handler';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(async () => {
  await server.close();
});

const quickly = { pollWaitMs: { min: 5, max: 10 }, longPollWaitMs: { min: 0, max: 0 } };
const ways: [TransportName, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['poll', ['poll']],
  ['event-source', [eventSource(EventSource)]],
];

describe.each(ways)('a request over %s', (_name, transports) => {
  it('is answered, refused in words, or fails without any', async () => {
    server = await RealServer.start(quickly);
    const talk = talkOf(server.hub);
    const refuse = (): never => {
      throw new RequestError('sold-out', 'no tickets are left');
    };
    const fail = (): never => {
      throw new Error('a secret');
    };
    talk.handle('/orders/:id', ({ params, data }) => ({ id: params.id, data, at: new Date(0) }));
    talk.handle('/sold', refuse);
    talk.handle('/broken', fail);
    const client = server.client({ transports });
    const events: unknown[] = [];
    client.on('event', (event) => events.push(event));
    client.subscribe('/orders').on((event) => events.push(event));
    const ask = (subject: string): Promise<unknown> =>
      client.request(subject, { n: 1 }).catch((error) => [error.code, error.serverCode, error.reason]);
    expect(await Promise.all(['/orders/7', '/sold', '/broken', '/nothing'].map(ask))).toEqual([
      { id: '7', data: { n: 1 }, at: '1970-01-01T00:00:00.000Z' },
      ['refused', 'sold-out', 'no tickets are left'],
      ['refused', 'failed', 'the server failed; its log says why'],
      ['refused', 'no-handler', 'nothing answers requests to this subject'],
    ]);
    expect(events).toEqual([]);
  }, 20_000);

  it('is carried out once when its acknowledgement is lost, and its answer comes over the next connection', async () => {
    server = await RealServer.start(quickly);
    let [sent, runs] = [0, 0];
    talkOf(server.hub).handle('/pay', async () => {
      runs += 1;
      await until(() => sent === 2);
      return runs;
    });
    const client = server.client({ transports });
    await client.subscribe('/a').ready;
    server.intercept = (request, response) => {
      request.on('data', (chunk) => {
        if (!String(chunk).includes('"type":"request"')) return;
        sent += 1;
        if (sent === 1) response.end = () => cutAll(response);
      });
      return false;
    };
    const cutAll = (response: ServerResponse): ServerResponse => {
      server.cut();
      return response;
    };
    expect(await client.request('/pay', 'twelve')).toBe(1);
    expect(runs).toBe(1);
  }, 20_000);
});

describe('a request', () => {
  it('that the server was slow to answer is given up in time, and a late answer disturbs nobody', async () => {
    server = await RealServer.start(quickly);
    let asked: Asked | undefined;
    let answer: (value: string) => void = () => undefined;
    const talk = talkOf(server.hub);
    talk.handle('/slow', (given) => {
      asked = given;
      return new Promise<string>((resolve) => (answer = resolve));
    });
    talk.handle('/quick', () => 'now');
    const client = server.client();
    const errors: unknown[] = [];
    client.on('error', (error) => errors.push(error));
    await client.subscribe('/a').ready;
    const given = client.request('/slow', 1, { timeoutMs: 1000 }).catch(({ code }) => code);
    await until(() => asked !== undefined);
    expect(await given).toBe('timeout');
    answer('late');
    expect(await client.request('/quick', 1)).toBe('now');
    expect(errors).toEqual([]);
  });

  it('is given up with its signal', async () => {
    server = await RealServer.start(quickly);
    talkOf(server.hub).handle('/slow', () => new Promise(() => undefined));
    const client = server.client();
    const abort = new AbortController();
    const request = client.request('/slow', 1, { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(request).rejects.toThrow('enough');
    await expect(client.request('/slow', 1, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it('whose session ends before its answer is told that it may have been carried out', async () => {
    server = await RealServer.start(quickly);
    let runs = 0;
    talkOf(server.hub).handle('/slow', ({ session }) => {
      runs += 1;
      setImmediate(() => server.hub.leave(session, 'expired'));
      return new Promise(() => undefined);
    });
    const client = server.client();
    await expect(client.request('/slow', 1)).rejects.toMatchObject({ code: 'unconfirmed' });
    expect(runs).toBe(1);
  });

  it('that was answered before its acknowledgement is not sent again in the next session', async () => {
    server = await RealServer.start(quickly);
    let runs = 0;
    talkOf(server.hub).handle('/pay', () => (runs += 1));
    const client = server.client();
    await client.subscribe('/a').ready;
    const first = client.id;
    server.intercept = (request, response) => {
      request.on('data', (chunk) => {
        if (String(chunk).includes('"type":"request"')) response.end = () => response;
      });
      return false;
    };
    expect(await client.request('/pay', 1)).toBe(1);
    for (const session of server.hub.sessions()) server.hub.leave(session, 'expired');
    await until(() => client.id !== first && client.state === 'open');
    await client.publish('/a', 'behind it').catch(() => undefined);
    expect(runs).toBe(1);
  });

  it('may have as much time as a number can say', async () => {
    server = await RealServer.start(quickly);
    talkOf(server.hub).handle('/a', () => 1, { timeoutMs: Number.MAX_SAFE_INTEGER });
    const client = server.client();
    expect(await client.request('/a', 1, { timeoutMs: Number.MAX_SAFE_INTEGER })).toBe(1);
  });

  it('is not disturbed by events of the same name that are no answers', async () => {
    server = await RealServer.start(quickly);
    talkOf(server.hub).handle('/a', ({ session }) => {
      for (const data of [null, 7, 'text', { messageId: 'nobody' }])
        server.hub.send(session.id, '/a', data, { name: 'request-answer' });
      return 1;
    });
    expect(await server.client().request('/a', 1)).toBe(1);
  });

  it('cannot be answered by another client', async () => {
    server = await RealServer.start(quickly);
    let key = '';
    talkOf(server.hub).handle('/slow', () => new Promise(() => undefined));
    server.intercept = (request: IncomingMessage, _response: ServerResponse) => {
      request.on('data', (chunk) => {
        key = /"messageId":"([^"]+)"/.exec(String(chunk))?.[1] ?? key;
      });
      return false;
    };
    const [client, forger] = [server.client(), server.client()];
    await Promise.all([client.subscribe('/a').ready, forger.subscribe('/a').ready]);
    const outcome = client.request('/slow', 1, { timeoutMs: 1000 }).catch(({ code }) => code);
    await until(() => key !== '');
    await forger.publish('/slow', { messageId: key, value: 'forged' }, { to: client.id });
    expect(await outcome).toBe('timeout');
  });

  it('of data that JSON would lose, or with a wrong option, is refused at once', async () => {
    server = await RealServer.start(quickly);
    const client = server.client();
    // @ts-expect-error — a Map is lost in JSON
    await expect(client.request('/a', new Map())).rejects.toMatchObject({ code: 'invalid' });
    await expect(client.request('/a', 1, { timeoutMS: 5 } as never)).rejects.toThrow('timeoutMs');
    for (const wrong of [null, 7, { timeoutMs: 0 }, { timeoutMs: null }, { signal: 'now' }])
      await expect(client.request('/a', 1, wrong as never)).rejects.toThrow(/option/);
    await expect(client.request(7 as never, 1)).rejects.toMatchObject({ code: 'invalid' });
    await client.close();
    await expect(client.request('/a', 1)).rejects.toMatchObject({ code: 'closed' });
  });
});
