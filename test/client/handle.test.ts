import type { ClientOptions } from '@cometkit/client';
import { handle } from '@cometkit/client/handle';
import { talkOf } from '@cometkit/handler';
import { EventSource } from 'eventsource';
import { afterEach, describe, expect, it } from 'vitest';
import { eventSource } from '../../packages/client/src/transports.ts';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(() => server.close());

const quickly = { pollWaitMs: { min: 5, max: 10 }, longPollWaitMs: { min: 0, max: 0 } };
const ways: [string, ClientOptions['transports']][] = [
  ['stream', ['stream']],
  ['long-poll', ['long-poll']],
  ['poll', ['poll']],
  ['event-source', [eventSource(EventSource)]],
];

/** A client that is there, and what the server asks it by. */
async function start(transports: ClientOptions['transports'] = ['stream']) {
  server = await RealServer.start(quickly);
  const client = server.client({ transports });
  const seen: unknown[] = [];
  const all = client.subscribe('/');
  all.on((event) => seen.push(event.subject));
  await all.ready;
  await until(() => client.state === 'open');
  const session = server.hub.session(client.id ?? '');
  if (session === undefined) throw new Error('no session');
  const talk = talkOf(server.hub);
  const ask = (subject: string, data: unknown = null, options = {}): Promise<unknown> =>
    talk.request(session, subject, data, options).catch((error) => [error.code, error.message]);
  return { client, session, talk, ask, seen };
}

describe.each(ways)('a request of the server over %s', (_name, transports) => {
  it('is answered, refused in words, or fails without any', async () => {
    const { client, ask, seen } = await start(transports);
    handle(client, '/double', async ({ data }) => 2 * Number(data));
    handle(client, '/nothing', () => undefined);
    handle(client, '/refuses', ({ refuse }) => refuse('busy', 'not now'));
    handle(client, '/breaks', () => {
      throw new Error('a secret');
    });
    handle(client, '/unfit', () => 1n);
    expect(
      await Promise.all(
        ['/double', '/nothing', '/refuses', '/breaks', '/unfit', '/none'].map((s) => ask(s, 21)),
      ),
    ).toEqual([
      42,
      null,
      ['busy', 'not now'],
      ['failed', 'the client failed'],
      ['failed', 'the client failed'],
      ['no-handler', 'nothing answers this subject'],
    ]);
    expect(seen).toEqual([]);
  }, 20_000);

  it('is carried out once, whatever is cut meanwhile', async () => {
    const { client, ask } = await start(transports);
    let runs = 0;
    handle(client, '/pay', async () => {
      runs += 1;
      server.cut();
      return runs;
    });
    expect([await ask('/pay'), await ask('/pay')]).toEqual([1, 2]);
    expect(runs).toBe(2);
  }, 20_000);
});

describe('a request of the server', () => {
  it('ends with its time, its signal and its session', async () => {
    const { client, session, talk, ask } = await start();
    handle(client, '/slow', () => new Promise(() => undefined));
    expect(await ask('/slow', 1, { timeoutMs: 20 })).toEqual([
      'timeout',
      'the client did not answer in time',
    ]);
    const signal = AbortSignal.timeout(20);
    await expect(talk.request(session, '/slow', 1, { signal })).rejects.toHaveProperty(
      'name',
      'TimeoutError',
    );
    const waiting = ask('/slow');
    server.hub.leave(session);
    expect(await waiting).toEqual(['unconfirmed', expect.any(String)]);
    expect(await ask('/slow')).toEqual(['unconfirmed', expect.any(String)]);
  });

  it('is answered by its own client alone', async () => {
    const { client, session, talk } = await start();
    let id = '';
    client.on('event', ({ data }) => {
      id = (data as { messageId: string }).messageId;
    });
    const waiting = talk.request(session, '/secret', null, { timeoutMs: 2000 });
    await until(() => id !== '');
    const other = server.client();
    await expect(other.request('/$answer', { messageId: id, value: 'forged' })).rejects.toMatchObject({
      serverCode: 'no-request',
    });
    await client.request('/$answer', { messageId: id, value: 'mine' });
    expect(await waiting).toBe('mine');
    await expect(client.request('/$answer', null)).rejects.toMatchObject({ serverCode: 'no-request' });
  });

  it("is not taken for an application's own by templates of one word", async () => {
    const { client, talk, ask } = await start();
    talk.handle('/:word', () => 'stolen');
    talk.schema('/:word', {
      '~standard': { version: 1, vendor: 'test', validate: () => ({ issues: [{ message: 'no' }] }) },
    });
    handle(client, '/double', ({ data }) => 2 * Number(data));
    expect(await ask('/double', 21)).toBe(42);
    await expect(client.request('/word', 1)).rejects.toMatchObject({ serverCode: 'invalid-data' });
  });

  it('refuses a second handler, an unknown option, and more than 64 at once', async () => {
    const { client, session, talk, ask } = await start();
    const end = handle(client, '/a', () => new Promise(() => undefined));
    expect(() => handle(client, '/a', () => 1)).toThrow('have a handler');
    await expect(talk.request(session, '/a', 1, { timeout: 5 } as object)).rejects.toThrow(TypeError);
    for (const nobody of [undefined, null, {}, 7])
      await expect(talk.request(nobody as never, '/a', 1)).rejects.toThrow('a session or its id');
    const waiting = Array.from({ length: 64 }, () => ask('/a'));
    expect(await ask('/a')).toEqual(['too-busy', expect.any(String)]);
    end();
    server.hub.leave(session);
    await Promise.all(waiting);
  });
});
