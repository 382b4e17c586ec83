import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SharedPorts } from '../../packages/client/src/shared/ports.ts';
import { createSharedClient, type SharedClient } from '../../packages/client/src/shared.ts';
import { RealServer, until } from './server-kit.ts';
import { Origin } from './tabs-kit.ts';

interface Tab {
  readonly client: SharedClient;
  readonly seen: unknown[];
  readonly states: string[];
  readonly errors: unknown[];
  readonly subscription: { readonly ready: Promise<void> };
}

let server: RealServer;
let open: SharedClient[] = [];
let letIn: string[] = [];
// The connection itself has the time that it is, whatever the tabs think.
const runtime = { now: () => performance.now() };

afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  await Promise.all(open.map((client) => client.close()));
  [open, letIn] = [[], []];
  await server.close();
});

function start(): Promise<RealServer> {
  const join = ({ request }: { request: { header(name: string): string | undefined } }) =>
    letIn.includes(request.header('x-user') ?? '') || { refuse: 'please log in' };
  return RealServer.start({ authorize: { join, publish: true } });
}

function tab(ports: SharedPorts | undefined, user = 'ann', pattern = '/n'): Tab {
  const client = createSharedClient(server.url, { ports, headers: { 'x-user': user }, runtime });
  const subscription = client.subscribe(pattern);
  const made: Tab = { client, seen: [], states: [], errors: [], subscription };
  client.on('state', (state) => made.states.push(state));
  client.on('error', ({ code, reason }) => made.errors.push(`${code} ${reason}`));
  subscription.on(({ data }) => made.seen.push(data));
  open.push(client);
  return made;
}

const state = ({ client }: Tab) => client.state;

describe('tabs of which the server refuses one', () => {
  it('are led by another, which it lets in, and the refused one follows', async () => {
    letIn = ['bob'];
    server = await start();
    const origin = new Origin();
    const ann = tab(origin.tab().ports, 'ann');
    await until(() => ann.client.leads);
    const bob = tab(origin.tab().ports, 'bob');
    await until(() => state(bob) === 'open' && state(ann) === 'open');
    expect([ann.client.leads, bob.client.leads]).toEqual([false, true]);
    expect([ann.states, ann.errors]).toEqual([['closed', 'open'], ['refused please log in']]);
    expect([bob.states, bob.errors]).toEqual([['open'], []]);
    await until(() => server.hub.stats().subscriptions === 1);
    await ann.client.publish('/n', 1);
    await until(() => ann.seen.length === 1 && bob.seen.length === 1);
  });

  it('are closed once it has refused all, and one that is opened after the login opens them all', async () => {
    server = await start();
    const origin = new Origin();
    const tabs = [tab(origin.tab().ports), tab(origin.tab().ports), tab(origin.tab().ports)];
    await until(() => tabs.every((one) => state(one) === 'closed'));
    expect(tabs.map(({ client }) => client.leads)).toEqual([false, false, false]);
    const late = tabs[2]?.client.subscribe('/late');
    await expect(late?.ready).rejects.toMatchObject({ code: 'refused', reason: 'please log in' });
    letIn = ['ann'];
    tabs[1]?.client.open();
    await until(() => tabs.every((one) => state(one) === 'open'));
    await late?.ready;
    await until(() => server.hub.stats().subscriptions === 2);
    await tabs[0]?.client.publish('/n', 1);
    await until(() => tabs.every(({ seen }) => seen.length === 1));
    expect([...server.hub.sessions()]).toHaveLength(1);
  });

  it('are all opened by a page that is loaded after the login, and lead when their turn comes', async () => {
    server = await start();
    const origin = new Origin();
    const early = tab(origin.tab().ports);
    await until(() => state(early) === 'closed');
    letIn = ['ann'];
    const late = tab(origin.tab().ports);
    await until(() => state(late) === 'open' && state(early) === 'open');
    await until(() => server.hub.stats().subscriptions === 1);
    await late.client.close();
    await until(() => early.client.leads && state(early) === 'open');
    server.hub.publish('/n', 1);
    await until(() => early.seen.length === 1);
  });

  it('miss nothing when it refuses the leader at a reconnect', async () => {
    letIn = ['ann', 'bob'];
    server = await start();
    const origin = new Origin();
    const ann = tab(origin.tab().ports, 'ann');
    await until(() => state(ann) === 'open');
    const bob = tab(origin.tab().ports, 'bob');
    await until(() => state(bob) === 'open');
    await bob.client.publish('/n', 1);
    await until(() => ann.seen.length === 1 && bob.seen.length === 1);
    letIn = ['bob'];
    for (const session of [...server.hub.sessions()]) server.hub.leave(session, 'revoked');
    server.hub.publish('/n', 2);
    await until(() => bob.client.leads && ann.seen.length === 2 && bob.seen.length === 2);
    expect([ann.seen, bob.seen, ann.states.slice(-2), bob.states.includes('closed')]).toEqual([
      [1, 2],
      [1, 2],
      ['closed', 'open'],
      false,
    ]);
  });

  it('hear of a subscription that it refuses at a reconnect', async () => {
    let refuse = false;
    server = await RealServer.start({
      authorize: { subscribe: ({ pattern }) => !(refuse && pattern === '/secret') || { refuse: 'no more' } },
    });
    const origin = new Origin();
    const [leader, other] = [tab(origin.tab().ports), tab(origin.tab().ports, 'ann', '/other')];
    const { signal } = new AbortController();
    const secret = other.client.subscribe('/secret', { signal });
    await secret.ready;
    refuse = true;
    for (const session of [...server.hub.sessions()]) server.hub.leave(session, 'revoked');
    await until(() => secret.closed);
    expect([secret.confirmed, secret.error?.reason, leader.errors, other.errors]).toEqual([
      false,
      'no more',
      [],
      ['refused no more'],
    ]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await until(() => state(other) === 'open');
  });
});

it('a tab that was closed can be opened again, with its subscriptions', async () => {
  letIn = ['ann'];
  server = await start();
  const origin = new Origin();
  const [leader, other] = [tab(origin.tab().ports), tab(origin.tab().ports)];
  for (const { client, seen, subscription } of [other, leader]) {
    await until(() => client.state === 'open');
    await subscription.ready;
    const before = seen.length;
    const unread = client.subscribe('/unread');
    await client.close();
    unread.unsubscribe();
    server.hub.publish('/n', 'meanwhile');
    client.open();
    expect(client.state).toBe('connecting');
    await until(() => client.state === 'open' && seen.length > before);
  }
  await until(() => leader.seen.length === 2 && other.seen.length === 2);
  const [session] = server.hub.sessions();
  expect(session?.subscriptions.map(({ pattern }) => pattern)).toEqual(['/n']);
});

describe('the lead', () => {
  it('stays where it is when the timers of hidden tabs run once a minute', async () => {
    letIn = ['ann'];
    server = await start();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], shouldAdvanceTime: true });
    const every = globalThis.setInterval;
    vi.stubGlobal('setInterval', (run: () => void, ms: number) => every(run, Math.max(ms, 60_000)));
    const origin = new Origin();
    const tabs = [tab(origin.tab().ports), tab(origin.tab().ports), tab(origin.tab().ports)];
    await until(() => tabs.every((one) => state(one) === 'open'));
    const leads = () => tabs.map(({ client }) => client.leads);
    const before = leads();
    for (let minute = 0; minute < 5; minute += 1) {
      await vi.advanceTimersByTimeAsync(60_000);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(leads()).toEqual(before);
    }
  });

  it('is not taken by a tab that was frozen while the answer to its question came', async () => {
    letIn = ['ann'];
    server = await start();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], shouldAdvanceTime: true });
    const origin = new Origin();
    const leader = tab(origin.tab().ports);
    await until(() => state(leader) === 'open');
    const browser = origin.tab();
    const other = tab(browser.ports);
    await until(() => state(other) === 'open');
    browser.freeze();
    // Timers that were due in the freeze run before the messages that waited: several ticks in one turn.
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.advanceTimersByTime(5000);
    vi.advanceTimersByTime(1);
    browser.thaw();
    await vi.advanceTimersByTimeAsync(5000);
    expect([leader.client.leads, other.client.leads]).toEqual([true, false]);
  });
});

describe('a page where tabs cannot share', () => {
  const refusing: SharedPorts = {
    locks: { request: async () => Promise.reject(new DOMException('not here', 'SecurityError')) },
    openChannel: () => ({ postMessage: () => undefined, onmessage: null, close: () => undefined }),
  };
  const throwing: SharedPorts = {
    ...refusing,
    openChannel: () => {
      throw new DOMException('not here', 'SecurityError');
    },
  };

  it.each([
    ['has no locks', undefined],
    ['is refused them', refusing],
    ['is refused a channel', throwing],
  ])('has a session of its own and says so once, when it %s', async (_why, ports) => {
    vi.stubGlobal('document', { hidden: false });
    letIn = ['ann'];
    server = await start();
    const alone = tab(ports);
    await until(() => state(alone) === 'open' && alone.errors.length > 0);
    await alone.client.close();
    alone.client.open();
    await until(() => state(alone) === 'open');
    server.hub.publish('/n', 1);
    await until(() => alone.seen.length === 1);
    expect(alone.errors).toEqual([expect.stringContaining('unsupported every tab has a session of its own')]);
  });
});

it('a hidden tab takes the lead without a timer', async () => {
  vi.stubGlobal('document', { hidden: true });
  const wait = globalThis.setTimeout;
  letIn = ['ann'];
  server = await start();
  vi.stubGlobal('setTimeout', (run: () => void, ms: number) => wait(run, ms === 150 ? 60_000 : ms));
  const hidden = tab(new Origin().tab().ports);
  await until(() => state(hidden) === 'open');
});

it('what a tab unsubscribes while the lead changes is not subscribed to', async () => {
  letIn = ['ann'];
  server = await start();
  const only = tab(new Origin().tab().ports);
  const dropped = only.client.subscribe('/dropped');
  await until(() => only.client.leads);
  dropped.unsubscribe();
  await until(() => state(only) === 'open');
  await only.client.subscribe('/last').ready;
  const [session] = server.hub.sessions();
  expect(session?.subscriptions.map(({ pattern }) => pattern)).toEqual(['/n', '/last']);
});
