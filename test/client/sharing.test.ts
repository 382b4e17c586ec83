import { afterEach, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;

afterEach(() => server.close());

it('equal patterns of one client are one subscription of the server', async () => {
  server = await RealServer.start();
  const client = server.client();
  const all = Array.from({ length: 120 }, () => client.subscribe('/theme'));
  const got = all.map(() => 0);
  for (const [index, subscription] of all.entries())
    subscription.on(() => {
      got[index] = (got[index] ?? 0) + 1;
    });
  await Promise.all(all.map(({ ready }) => ready));
  expect(server.hub.stats().subscriptions).toBe(1);
  const late = client.subscribe('/theme');
  await late.ready;
  expect(late.sid).toBe(all[0]?.sid);
  server.hub.publish('/theme', 'dark');
  await until(() => got.every((count) => count === 1));
  for (const subscription of all) subscription.unsubscribe();
  expect(late.closed).toBe(false);
  expect(server.hub.stats().subscriptions).toBe(1);
  late.unsubscribe();
  await until(() => server.hub.stats().subscriptions === 0);
});

it('a pattern that was refused can be asked for again, and what asks for its past is alone', async () => {
  let allowed = false;
  server = await RealServer.start({ authorize: { subscribe: () => allowed } });
  const client = server.client();
  const refused = client.subscribe('/a');
  await expect(refused.ready).rejects.toMatchObject({ code: 'refused' });
  allowed = true;
  const again = client.subscribe('/a');
  await again.ready;
  refused.unsubscribe();
  server.hub.publish('/a', 1);
  const past = client.subscribe('/a', { last: 1 });
  const got: unknown[] = [];
  past.on(({ data }) => got.push(data));
  await until(() => got.length === 1);
  expect([again.closed, server.hub.stats().subscriptions]).toEqual([false, 2]);
});

it('many subscriptions travel in few requests, and one that is refused is refused alone', async () => {
  server = await RealServer.start(
    { authorize: { subscribe: ({ pattern }) => pattern !== '/row/7' } },
    { maxSubscriptions: 1000 },
  );
  let requests = 0;
  server.intercept = () => {
    requests += 1;
    return false;
  };
  const client = server.client();
  const all = Array.from({ length: 300 }, (_, index) => client.subscribe(`/row/${index}`));
  const outcomes = await Promise.all(
    all.map(({ ready }) =>
      ready.then(
        () => 'ready',
        ({ code }) => code,
      ),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === 'ready')).toHaveLength(299);
  expect(outcomes[7]).toBe('refused');
  expect(requests).toBeLessThanOrEqual(5);
  for (const subscription of all) subscription.unsubscribe();
  await until(() => server.hub.stats().subscriptions === 0);
  expect(requests).toBeLessThanOrEqual(9);
});

it('a subscription that is given up before its answer came leaves nothing on the server', async () => {
  server = await RealServer.start();
  const client = server.client();
  await client.subscribe('/other').ready;
  let cuts = 0;
  server.intercept = (request) => {
    if (request.method !== 'POST' || cuts > 0 || server.hub.stats().subscriptions < 1) return false;
    cuts += 1;
    setTimeout(() => request.socket.destroy(), 60);
    return false;
  };
  const ghost = client.subscribe('/ghost');
  await until(() => server.hub.stats().subscriptions === 2);
  ghost.unsubscribe();
  await until(() => server.hub.stats().subscriptions === 1);
  expect(cuts).toBe(1);
});
