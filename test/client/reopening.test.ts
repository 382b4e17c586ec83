import type { ClientError } from '@cometkit/client';
import { afterEach, expect, it } from 'vitest';
import { RealServer, until } from './server-kit.ts';

let server: RealServer;
let loggedIn = false;

afterEach(async () => {
  loggedIn = false;
  await server.close();
});

function start(): Promise<RealServer> {
  return RealServer.start({
    authorize: { join: () => loggedIn || { refuse: 'please log in' }, publish: true },
  });
}

it('a client that was refused is opened after the login, with the subscriptions that it had', async () => {
  server = await start();
  const client = server.client();
  const errors: ClientError[] = [];
  client.on('error', (error) => errors.push(error));
  const early = client.subscribe('/n');
  const seen: unknown[] = [];
  early.on(({ data }) => seen.push(data));
  await expect(early.ready).rejects.toMatchObject({ code: 'refused', reason: 'please log in' });
  expect([client.state, early.closed, early.confirmed, early.error?.reason]).toEqual([
    'closed',
    true,
    false,
    'please log in',
  ]);
  expect(errors).toHaveLength(1);
  const late = client.subscribe('/late');
  await expect(late.ready).rejects.toMatchObject({ code: 'refused', reason: 'please log in' });
  await expect(client.publish('/n', 0)).rejects.toMatchObject({ code: 'closed' });

  loggedIn = true;
  client.open();
  expect([client.state, early.closed, early.error]).toEqual(['connecting', false, undefined]);
  await Promise.all([early.ready, late.ready]);
  expect([early.confirmed, late.confirmed]).toEqual([true, true]);
  await client.publish('/n', 1);
  await until(() => seen.length === 1);
  await client.close();
  expect([client.state, early.closed]).toEqual(['closed', true]);
});

it('an iteration throws the refusal, and can be begun anew after the opening', async () => {
  server = await start();
  const client = server.client();
  const subscription = client.subscribe('/n');
  await expect(subscription[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'refused' });
  loggedIn = true;
  client.open();
  await subscription.ready;
  await client.publish('/n', 1);
  for await (const { data } of subscription) {
    expect(data).toBe(1);
    break;
  }
  await until(() => server.hub.stats().subscriptions === 0);
});

it('a client that was closed comes back, with what was missed and without the iterations that had ended', async () => {
  loggedIn = true;
  server = await start();
  const client = server.client();
  const [heard, read] = [client.subscribe('/n'), client.subscribe('/n')];
  const seen: unknown[] = [];
  heard.on(({ data }) => seen.push(data));
  const iteration = read[Symbol.asyncIterator]().next();
  await Promise.all([heard.ready, read.ready]);
  await until(() => client.state === 'open');
  await client.close();
  expect(await iteration).toMatchObject({ done: true });
  server.hub.publish('/n', 'missed');
  const first = client.id;
  client.open();
  await heard.ready;
  await until(() => seen.length === 1);
  expect(client.id).not.toBe(first);
  expect([seen, read.closed, server.hub.stats().subscriptions]).toEqual([['missed'], true, 1]);
});

it('a subscription tells of each confirmation, and of a refusal at a reconnect', async () => {
  let refuse = false;
  server = await RealServer.start({
    authorize: { subscribe: () => (refuse ? { refuse: 'no more' } : true) },
  });
  const client = server.client();
  const errors: string[] = [];
  client.on('error', ({ reason }) => errors.push(reason));
  const subscription = client.subscribe('/n');
  const told: unknown[] = [];
  subscription.watch(() => told.push([subscription.confirmed, subscription.error?.reason]));
  await subscription.ready;
  await until(() => client.state === 'open');
  refuse = true;
  const [session] = server.hub.sessions();
  if (session) server.hub.leave(session, 'revoked');
  await until(() => subscription.closed);
  expect(told).toEqual([
    [true, undefined],
    [false, 'no more'],
  ]);
  expect(errors).toEqual(['no more']);
});
