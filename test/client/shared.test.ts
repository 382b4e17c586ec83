import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  type ClientItem,
  createSharedClient,
  type SharedClient,
  type SharedClientOptions,
} from '../../packages/client/src/shared.ts';
import { numbersOf, RealServer, until } from './server-kit.ts';
import { type Browser, Origin } from './tabs-kit.ts';

let server: RealServer;
let open: Tab[] = [];

interface Tab {
  readonly browser: Browser;
  readonly client: SharedClient;
  readonly items: ClientItem[];
  ready: Promise<void>;
}

afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(open.map(({ client }) => client.close()));
  open = [];
  await server.close();
});

function tab(origin: Origin, pattern = '/n', options: SharedClientOptions = {}): Tab {
  const browser = origin.tab();
  const client = createSharedClient(server.url, {
    ports: browser.ports,
    runtime: { fetch: browser.fetch },
    ...options,
  });
  const items: ClientItem[] = [];
  const subscription = client.subscribe(pattern, { gaps: true });
  subscription.on((item) => items.push(item));
  const made = { browser, client, items, ready: subscription.ready };
  open.push(made);
  return made;
}

async function tabs(origin: Origin, count: number): Promise<Tab[]> {
  const made = Array.from({ length: count }, () => tab(origin));
  await Promise.all(made.map(({ ready }) => ready));
  return made;
}

function leaderOf(all: readonly Tab[]): Tab {
  const [leader] = all.filter(({ client, browser }) => client.leads && !browser.dead);
  if (leader === undefined) throw new Error('nobody leads');
  return leader;
}

function publish(from: number, to: number, subject = '/n'): number[] {
  const numbers = Array.from({ length: to - from }, (_, at) => from + at);
  for (const number of numbers) server.hub.publish(subject, number);
  return numbers;
}

describe('tabs that share a session', () => {
  it('have one connection, and each gets everything once and in order', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 3);
    const numbers = publish(0, 100);
    await until(() => all.every(({ items }) => items.length === 100));
    for (const { items } of all) expect(numbersOf(items)).toEqual(numbers);
    expect([...server.hub.sessions()]).toHaveLength(1);
    expect(all.filter(({ client }) => client.leads)).toHaveLength(1);
    expect(new Set(all.map(({ client }) => client.id)).size).toBe(1);
    expect(all.map(({ client }) => client.state)).toEqual(['open', 'open', 'open']);
    expect(server.busiest).toBeLessThanOrEqual(2);
  });

  it('have their own subscriptions, and one on the server for what several want', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const [alice, bob, carol] = [tab(origin, '/a'), tab(origin, '/b'), tab(origin, '/a')];
    await Promise.all([alice.ready, bob.ready, carol.ready]);
    const [session] = server.hub.sessions();
    expect([...(session?.subscriptions ?? [])].map(({ pattern }) => pattern).sort()).toEqual(['/a', '/b']);
    publish(0, 3, '/a');
    publish(3, 5, '/b');
    await until(() => alice.items.length === 3 && bob.items.length === 2 && carol.items.length === 3);
    expect([alice, bob, carol].map(({ items }) => numbersOf(items))).toEqual([
      [0, 1, 2],
      [3, 4],
      [0, 1, 2],
    ]);
  });

  it('know how the connection is, also one that comes late', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const [first] = await tabs(origin, 1);
    const late = tab(origin);
    const told: unknown[] = [];
    for (const name of ['state', 'transport', 'joined'] as const)
      late.client.on(name, (...said: unknown[]) => told.push([name, said[0]]));
    await late.ready;
    const { id, transport } = first?.client ?? {};
    expect([late.client.state, late.client.id, late.client.transport]).toEqual(['open', id, transport]);
    expect(told).toEqual([
      ['joined', id],
      ['state', 'open'],
      ['transport', transport],
    ]);
  });

  it('go on without a loss or a repeat when the leader is closed', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 3);
    const numbers = publish(0, 20);
    await until(() => all.every(({ items }) => items.length === 20));
    const leader = leaderOf(all);
    const rest = all.filter((one) => one !== leader);
    void leader.client.close();
    numbers.push(...publish(20, 40));
    await until(() => rest.every(({ items }) => items.length >= 40), 10_000);
    numbers.push(...publish(40, 60));
    await until(() => rest.every(({ items }) => items.length >= 60));
    for (const { items } of rest) expect(numbersOf(items)).toEqual(numbers);
  });

  it('go on without a loss or a repeat when leaders die without a word, one after the other', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 4);
    const numbers: number[] = [];
    for (let round = 0; round < 3; round += 1) {
      numbers.push(...publish(numbers.length, numbers.length + 15));
      leaderOf(all).browser.die();
      numbers.push(...publish(numbers.length, numbers.length + 15));
      const alive = all.filter(({ browser }) => !browser.dead);
      await until(() => alive.every(({ items }) => items.length >= numbers.length), 10_000);
      for (const { items } of alive) expect(numbersOf(items)).toEqual(numbers);
    }
  });

  it('miss nothing between the confirmation and the first event', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    leaderOf(all).browser.die();
    const numbers = publish(0, 5);
    const [last] = all.filter(({ browser }) => !browser.dead);
    await until(() => last?.items.length === 5, 10_000);
    expect(numbersOf(last?.items ?? [])).toEqual(numbers);
  });

  it('that were frozen catch up', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const frozen = all.find(({ client }) => !client.leads) as Tab;
    frozen.browser.freeze();
    const numbers = publish(0, 30);
    await until(() => leaderOf(all).items.length === 30);
    frozen.browser.thaw();
    await until(() => frozen.items.length >= 30);
    expect(numbersOf(frozen.items)).toEqual(numbers);
  });

  it('notice a message that got lost between them, and ask for it', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const [leader, deaf] = [leaderOf(all), all.find(({ client }) => !client.leads) as Tab];
    publish(0, 2);
    await until(() => deaf.items.length === 2);
    deaf.browser.deaf = true;
    publish(2, 6);
    await until(() => leader.items.length === 6);
    deaf.browser.deaf = false;
    publish(6, 8);
    await until(() => deaf.items.length >= 8);
    expect(numbersOf(deaf.items)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('are told of what they missed when it is more than the leader keeps', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const [leader, deaf] = [leaderOf(all), all.find(({ client }) => !client.leads) as Tab];
    publish(0, 1);
    await until(() => deaf.items.length === 1);
    deaf.browser.deaf = true;
    publish(1, 601);
    await until(() => leader.items.length === 601, 10_000);
    deaf.browser.deaf = false;
    publish(601, 602);
    await until(() => deaf.items.length >= 514, 10_000);
    const numbers = numbersOf(deaf.items);
    expect(numbers.slice(0, 3)).toEqual([0, 'gap overflow', 90]);
    expect(numbers.at(-1)).toBe(601);
    expect(numbers).toHaveLength(514);
    expect(deaf.items[1]).toMatchObject({ from: 2, to: 90 });
  });

  it('that were frozen while the lead changed get from the log what nobody subscribed to', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const [first, second, frozen] = [tab(origin), tab(origin), tab(origin, '/other')];
    await Promise.all([first.ready, second.ready, frozen.ready]);
    publish(0, 2, '/other');
    await until(() => frozen.items.length === 2);
    frozen.browser.freeze();
    const leader = leaderOf([first, second]);
    leader.browser.die();
    publish(2, 5, '/other');
    const next = leader === first ? second : first;
    await until(() => next.client.leads && next.client.state === 'open', 10_000);
    publish(5, 7, '/other');
    frozen.browser.thaw();
    await until(() => frozen.items.length >= 7, 10_000);
    publish(7, 9, '/other');
    await until(() => frozen.items.length >= 9);
    expect(numbersOf(frozen.items)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('take over from a leader that is frozen and keeps its lock, and do not hear it when it wakes', async () => {
    server = await RealServer.start();
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'Date'], shouldAdvanceTime: true });
    const all = await tabs(new Origin(), 2);
    const leader = leaderOf(all);
    const other = all.find((one) => one !== leader) as Tab;
    publish(0, 5);
    await until(() => other.items.length === 5);
    leader.browser.freeze();
    for (let step = 0; step < 6; step += 1) {
      await vi.advanceTimersByTimeAsync(5000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await until(() => other.client.leads, 10_000);
    leader.browser.thaw();
    publish(5, 10);
    await until(() => other.items.length >= 10 && leader.items.length >= 10, 10_000);
    expect([leader.client.leads, other.client.leads]).toEqual([false, true]);
    await until(() => leader.client.id === other.client.id);
    expect([leader.client.state, leader.client.transport]).toEqual(['open', other.client.transport]);
    for (const { items } of all) expect(numbersOf(items)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  }, 20_000);

  it('give the past to the one that asks, and the live to all', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const first = tab(origin);
    await first.ready;
    publish(0, 5);
    const second = tab(origin, '/unrelated');
    await second.ready;
    const seen: unknown[] = [];
    const subscription = second.client.subscribe('/n', { last: 3 });
    subscription.on(({ data }) => seen.push(data));
    await subscription.ready;
    publish(5, 8);
    await until(() => seen.length >= 6 && first.items.length === 8);
    expect(seen).toEqual([2, 3, 4, 5, 6, 7]);
  });

  it('go on from the place that their pages were rendered with', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    publish(0, 2);
    const first = tab(origin, '/n', { resumeFrom: server.hub.cursor() });
    publish(2, 4);
    await first.ready;
    await until(() => first.items.length === 2);
    const resumeFrom = server.hub.cursor();
    publish(4, 6);
    await until(() => first.items.length === 4);
    const second = tab(origin, '/n', { resumeFrom });
    await until(() => second.items.length === 2);
    const third = tab(origin, '/n/**', { resumeFrom });
    await until(() => third.items.length === 2);
    publish(6, 8);
    await until(() => [second, third].every(({ items }) => items.length === 4));
    expect(numbersOf(first.items)).toEqual([2, 3, 4, 5, 6, 7]);
    expect([second, third].map(({ items }) => numbersOf(items))).toEqual([
      [4, 5, 6, 7],
      [4, 5, 6, 7],
    ]);
  });

  it('publish over whoever leads', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 3);
    await Promise.all(all.map(({ client }, at) => client.publish('/n', at)));
    await until(() => all.every(({ items }) => items.length === 3));
    for (const { items } of all) expect(numbersOf(items).sort()).toEqual([0, 1, 2]);
  });

  it('reject a message that cannot be sent, and go on', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const follower = all.find(({ client }) => !client.leads) as Tab;
    const nonsense = (() => undefined) as never;
    await expect(follower.client.publish('/n', nonsense)).rejects.toMatchObject({ code: 'invalid' });
    const map = new Map([[1, 2]]) as never;
    await expect(follower.client.publish('/n', map)).rejects.toMatchObject({ code: 'invalid' });
    await follower.client.publish('/n', 1);
  });

  it('take an aborted message back from whoever leads, if it was not sent yet', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const follower = all.find(({ client }) => !client.leads) as Tab;
    let held: (() => void) | undefined;
    server.intercept = (request, response) => {
      if (held || request.headers['content-length'] === undefined) return false;
      held = () => response.destroy();
      return true;
    };
    const first = follower.client.publish('/n', 'under way');
    await until(() => held !== undefined);
    const stop = new AbortController();
    const second = follower.client.publish('/n', 'taken back', { signal: stop.signal });
    const third = follower.client.publish('/n', 'last');
    // The leader has it by now: what is said in a channel comes in order.
    await new Promise((resolve) => setTimeout(resolve, 20));
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    held?.();
    await Promise.all([first, third]);
    await until(() => all.every(({ items }) => items.length === 2));
    for (const { items } of all) expect(numbersOf(items)).toEqual(['under way', 'last']);
  });

  it('never hand over a message that was aborted before anybody led', async () => {
    server = await RealServer.start();
    const one = tab(new Origin());
    const stop = new AbortController();
    const message = one.client.publish('/n', 'never', { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(message).rejects.toThrow('enough');
    await expect(one.client.publish('/n', 1, { signal: stop.signal })).rejects.toThrow('enough');
    await one.ready;
    await one.client.publish('/n', 'after');
    await until(() => one.items.length === 1);
    expect(numbersOf(one.items)).toEqual(['after']);
  });

  it('are told when the leader vanished with a message', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const leader = leaderOf(all);
    const follower = all.find((one) => one !== leader) as Tab;
    leader.browser.freeze();
    const published = follower.client.publish('/n', 1);
    leader.browser.die();
    await expect(published).rejects.toMatchObject({ code: 'unconfirmed' });
    await follower.client.publish('/n', 2);
  });

  it('hear each for itself what the server refuses', async () => {
    server = await RealServer.start({
      authorize: { subscribe: ({ pattern }) => pattern !== '/secret', publish: () => false },
    });
    const origin = new Origin();
    const [first, second] = [tab(origin), tab(origin, '/secret')];
    await first.ready;
    await expect(second.ready).rejects.toMatchObject({ code: 'refused', serverCode: 'not-authorized' });
    await expect(second.client.publish('/n', 1)).rejects.toMatchObject({ code: 'refused' });
  });

  it('end their subscriptions on the server when nobody wants them any more, also when they die', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const leader = tab(origin, '/leader');
    await leader.ready;
    const [first, second] = [tab(origin, '/a'), tab(origin, '/a')];
    await Promise.all([first.ready, second.ready]);
    const patterns = () =>
      [...server.hub.sessions()].flatMap(({ subscriptions }) => subscriptions.map(({ pattern }) => pattern));
    expect(patterns().sort()).toEqual(['/a', '/leader']);
    await first.client.close();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(patterns().sort()).toEqual(['/a', '/leader']);
    second.browser.die();
    await until(() => patterns().length === 1);
  });

  it('switch the transport together', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    const follower = all.find(({ client }) => !client.leads) as Tab;
    follower.client.use('long-poll');
    await until(() => all.every(({ client }) => client.transport === 'long-poll'));
  });

  it('keep the transport that one of them chose, from the beginning and when another leads', async () => {
    server = await RealServer.start();
    const origin = new Origin();
    const [first, second] = [tab(origin), tab(origin)];
    first.client.use('long-poll');
    await until(() => [first, second].every(({ client }) => client.transport === 'long-poll'));
    const leader = leaderOf([first, second]);
    const next = leader === first ? second : first;
    leader.browser.die();
    await until(() => next.client.leads && next.client.state === 'open', 10_000);
    await next.client.publish('/n', 1);
    expect(next.client.transport).toBe('long-poll');
  });

  it('leave when the last one closes', async () => {
    server = await RealServer.start();
    const all = await tabs(new Origin(), 2);
    for (const { client } of all) await client.close();
    await until(() => [...server.hub.sessions()].length === 0);
    expect(all.map(({ client }) => client.state)).toEqual(['closed', 'closed']);
    await expect(all[0]?.client.publish('/n', 1)).rejects.toMatchObject({ code: 'closed' });
  });

  it('are each on their own where the browser has no locks', async () => {
    server = await RealServer.start();
    const client = createSharedClient(server.url);
    const items: ClientItem[] = [];
    client.subscribe('/n').on((item) => items.push(item));
    open.push({ client, items, browser: new Origin().tab(), ready: Promise.resolve() });
    await until(() => client.state === 'open');
    await new Promise((resolve) => setTimeout(resolve, 20));
    publish(0, 3);
    await until(() => items.length === 3);
    expect(client.leads).toBe(true);
  });

  it('go on when a callback throws, and report it', async () => {
    server = await RealServer.start();
    const [only] = await tabs(new Origin(), 1);
    const errors: unknown[] = [];
    only?.client.on('error', (error) => errors.push(error.code));
    only?.client.on('event', () => {
      throw new Error('mine');
    });
    publish(0, 2);
    await until(() => only?.items.length === 2);
    expect(errors).toEqual(['listener', 'listener']);
  });
});
