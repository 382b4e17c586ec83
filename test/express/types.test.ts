import { once } from 'node:events';
import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type ClientEvent, createClient } from '@cometkit/client';
import { type Comet, comet, createHub, createNodeHandler } from '@cometkit/express';
import { createFetchHandler } from '@cometkit/fetch';
import { createRouteHandlers, type getHub } from '@cometkit/next';
import { send } from '@cometkit/testkit';
import express from 'express';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';

interface Order {
  id: number;
  at: Date;
  note?: string;
}
interface Subjects {
  '/orders/:id': Order;
  '/chat/:room': { text: string };
}

let push: Comet<Subjects>;
let server: Server | undefined;

async function serve(): Promise<string> {
  server = express().use('/push', push).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/push`;
}

afterEach(async () => {
  await push.close();
  // Clients keep their connections for the next request.
  server?.closeAllConnections();
  server?.close();
  server = undefined;
});

describe('one map of subjects', () => {
  it('types both ends, and dates arrive as text', async () => {
    push = comet<Subjects>({ authorize: { publish: true } });
    const client = createClient<Subjects>(await serve());
    const orders = client.subscribe('/orders/*');
    const chat = client.subscribe('/chat/tea');
    await Promise.all([orders.ready, chat.ready]);
    const id = 7;
    push.publish(`/orders/${id}`, { id, at: new Date(0) });
    await client.publish('/chat/tea', { text: 'hello' });
    const next = async <Data>(of: AsyncIterable<ClientEvent<Data>>): Promise<Data | undefined> => {
      for await (const { data } of of) return data;
      return undefined;
    };
    const order = await next(orders);
    const line = await next(chat);
    expectTypeOf(order).toEqualTypeOf<{ id: number; at: string; note?: string } | undefined>();
    expectTypeOf(line).toEqualTypeOf<{ text: string } | undefined>();
    expect([order, line]).toEqual([{ id: 7, at: '1970-01-01T00:00:00.000Z' }, { text: 'hello' }]);
    await client.close();
  });

  it('is that of the hub wherever it is got from', async () => {
    push = comet({ hub: createHub<Subjects>() });
    expectTypeOf(push.hub).toEqualTypeOf(createNodeHandler(createHub<Subjects>()).hub);
    expectTypeOf(push.hub).toEqualTypeOf(createFetchHandler(createHub<Subjects>()).hub);
    expectTypeOf<ReturnType<typeof getHub<Subjects>>>().toEqualTypeOf<typeof push.hub>();
    // @ts-expect-error — no such subject
    push.publish('/order/7', { id: 7, at: new Date() });
    // @ts-expect-error — the id is a number
    push.hub.publish('/orders/7', { id: '7', at: new Date() });
    // @ts-expect-error — a chat is no order
    push.sendToPrincipal('ann', '/orders/7', { text: 'hello' });
    // What takes any mount takes one with a map.
    const greet = (to: Comet): unknown => to.broadcast('/chat/tea', { text: 'hello' });
    expect(greet(push)).toHaveProperty('subject', '/chat/tea');
  });

  it('leaves every subject open where there is none', async () => {
    const open: ReturnType<typeof comet> = comet();
    const order: Order = { id: 7, at: new Date(0) };
    expect(open.publish('/whatever', order).json).toBe(JSON.stringify(order));
    await open.close();
  });
});

describe('the native request', () => {
  it("is Express's in hooks of comet, of its mounts too", async () => {
    const seen: string[] = [];
    push = comet<Subjects>({
      authorize: {
        join: ({ request: { native } }) => {
          expectTypeOf(native).toEqualTypeOf<express.Request>();
          return native.get('x-user') ?? false;
        },
        subscribe: ({ request: { native } }) => seen.push(native.hostname, native.originalUrl) > 0,
        publish: ({ request: { native } }) => native.ip !== undefined,
      },
    });
    const second = push.mount({ authorize: { join: ({ request }) => request.native.query !== undefined } });
    expectTypeOf(second).toBeFunction();
    const url = await serve();
    const stream = await fetch(`${url}?subject=/chat/tea`, { headers: { 'x-user': 'ann' } });
    expect([...push.hub.sessions()].map(({ principal }) => principal)).toEqual(['ann']);
    expect(seen).toEqual(['127.0.0.1', '/push?subject=/chat/tea']);
    await stream.body?.cancel();
    expect((await send(`${url}?subject=/chat/tea`)).status).toBe(403);
  });

  it("is Node's with node:http, and fetch's with fetch", async () => {
    push = comet<Subjects>();
    const { hub } = push;
    const asked: string[] = [];
    createNodeHandler(hub, {
      authorize: {
        join: ({ request }) => {
          expectTypeOf(request.native).toEqualTypeOf<IncomingMessage>();
          return true;
        },
      },
    });
    const handle = createFetchHandler(hub, {
      authorize: { join: ({ request }) => asked.push(request.native.url) > 0 },
    });
    expectTypeOf(createRouteHandlers).parameter(0).exclude<undefined>().toHaveProperty('authorize');
    createRouteHandlers({ authorize: { join: ({ request }) => request.native.signal.aborted } });
    const answer = await handle(new Request('http://a.example/push?subject=/chat/tea'));
    await answer.body?.cancel();
    expect(asked).toEqual(['http://a.example/push?subject=/chat/tea']);
  });
});
