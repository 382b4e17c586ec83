import { handle } from '@cometkit/client/handle';
import { RequestError, type Talk, talkOf } from '@cometkit/handler';
import { afterEach, describe, expect, it } from 'vitest';
import { createSharedClient, type SharedClient } from '../../packages/client/src/shared.ts';
import { RealServer, until } from './server-kit.ts';
import { type Browser, Origin } from './tabs-kit.ts';

let server: RealServer;
let open: SharedClient[] = [];

afterEach(async () => {
  await Promise.all(open.map((client) => client.close()));
  open = [];
  await server.close();
});

interface Setting {
  readonly talk: Talk;
  readonly tabs: readonly { readonly client: SharedClient; readonly browser: Browser }[];
  /** What the subscriptions to everything have seen. */
  readonly seen: string[];
  ask(subject: string, options?: object): Promise<unknown>;
}

async function start(count: number): Promise<Setting> {
  server = await RealServer.start();
  const origin = new Origin();
  const seen: string[] = [];
  const tabs = [];
  for (let n = 0; n < count; n += 1) {
    const browser = origin.tab();
    const { ports, fetch } = browser;
    const client = createSharedClient(server.url, { ports, runtime: { fetch } });
    open.push(client);
    const all = client.subscribe('/');
    all.on(({ subject }) => seen.push(subject));
    await all.ready;
    tabs.push({ client, browser });
  }
  const talk = talkOf(server.hub);
  const ask = async (subject: string, options: object = {}): Promise<unknown> => {
    const [session] = server.hub.sessions();
    if (session === undefined) throw new Error('no session');
    return talk.request(session, subject, 21, options).catch((error) => error.code);
  };
  return { talk, tabs, seen, ask };
}

describe('a request of the server to tabs that share a session', () => {
  it('is carried out by one of those that have a handler', async () => {
    const { tabs, seen, ask } = await start(3);
    let runs = 0;
    for (const { client } of tabs.slice(1))
      handle(client, '/double', ({ data }) => {
        runs += 1;
        return 2 * Number(data);
      });
    handle(tabs[0]?.client as SharedClient, '/refuses', ({ refuse }) => refuse('busy', 'not now'));
    expect(await Promise.all(['/double', '/double', '/refuses'].map((one) => ask(one)))).toEqual([
      42,
      42,
      'busy',
    ]);
    expect(runs).toBe(2);
    expect(seen).toEqual([]);
    expect(server.hub.stats().sessions).toBe(1);
  }, 20_000);

  it('is not carried out again when the tab that carries it out is gone', async () => {
    const { tabs, ask } = await start(2);
    const [leader, other] = tabs.map(({ client }) => client);
    let runs = 0;
    for (const client of [leader, other])
      handle(client as SharedClient, '/pay', () => {
        runs += 1;
        return new Promise(() => undefined);
      });
    const asked = ask('/pay', { timeoutMs: 1500 });
    await until(() => runs > 0);
    const late = other?.request('/$answer', { messageId: 'none', claim: true });
    await expect(late).rejects.toMatchObject({ serverCode: 'no-request' });
    expect(await asked).toBe('timeout');
    expect(runs).toBe(1);
  }, 20_000);

  it('ends with its time where no tab has a handler', async () => {
    const { tabs, ask } = await start(2);
    for (const { client } of tabs) handle(client, '/other', () => 1);
    expect(await ask('/none', { timeoutMs: 300 })).toBe('timeout');
  }, 20_000);
});

describe('a tab that shares a session', () => {
  it('asks the server, and reads streams', async () => {
    const { talk, tabs } = await start(2);
    talk.handle('/double', ({ data }) => 2 * Number(data));
    talk.handle('/refuses', () => {
      throw new RequestError('sold-out', 'nothing is left');
    });
    talk.stream('/answers/1', async function* () {
      yield 'a';
      yield 'b';
    });
    for (const { client } of tabs) {
      expect(await client.request('/double', 21)).toBe(42);
      await expect(client.request('/refuses', null)).rejects.toMatchObject({
        code: 'refused',
        serverCode: 'sold-out',
      });
      const parts = [];
      for await (const part of client.stream('/answers/1')) parts.push(part);
      expect(parts).toEqual(['a', 'b']);
    }
  }, 20_000);

  it('gives a request up with its time and its signal, whoever leads, and refuses what is wrong', async () => {
    const { talk, tabs } = await start(2);
    let aborted = 0;
    talk.handle('/slow', ({ signal }) => {
      signal.addEventListener('abort', () => (aborted += 1));
      return new Promise(() => undefined);
    });
    for (const { client } of tabs) {
      await expect(client.request('/slow', null, { timeoutMs: 50 })).rejects.toMatchObject({
        code: 'timeout',
      });
      const signal = AbortSignal.timeout(50);
      await expect(client.request('/slow', null, { signal })).rejects.toHaveProperty('name', 'TimeoutError');
      await expect(client.request('/slow', null, { timeout: 5 } as object)).rejects.toThrow(TypeError);
      await expect(client.request('/slow', (() => 1) as never)).rejects.toMatchObject({ code: 'invalid' });
    }
    expect(aborted).toBe(0);
  }, 20_000);

  it('is told when the tab that led is gone with its request', async () => {
    const { talk, tabs } = await start(2);
    let asked = 0;
    talk.handle('/slow', () => {
      asked += 1;
      return new Promise(() => undefined);
    });
    const leader = tabs.find(({ client }) => client.leads);
    const other = tabs.find(({ client }) => !client.leads);
    const waiting = other?.client.request('/slow', null).catch(({ code }) => code);
    await until(() => asked === 1);
    await leader?.client.close();
    expect(await waiting).toBe('unconfirmed');
    expect(asked).toBe(1);
  }, 20_000);
});
