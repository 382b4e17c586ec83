// Compiled by `npm run types` and by compile.test.ts; never run.
import { type Client, createClient } from '@cometkit/client';
import { type Answering, handle } from '@cometkit/client/handle';
import { createSharedClient } from '@cometkit/client/shared';
import type { CometEvent, JsonValue, Session } from '@cometkit/core';
import { type Comet, comet } from '@cometkit/express';
import { createHub, type talkOf } from '@cometkit/node';
import { expectTypeOf } from 'vitest';

interface Order {
  id: number;
  at: Date;
  note?: string;
}
interface Subjects {
  '/orders/:id': Order;
  '/chat/:room': { text: string };
}
declare const order: Order;
declare const session: Session;
declare const unique: unique symbol;

export function listensAndAnswers(push: Comet<Subjects>): void {
  push.on('/chat/:room/:user', ({ params, data, session: own, event, publish }) => {
    expectTypeOf(params).toEqualTypeOf<{ readonly room: string; readonly user: string }>();
    expectTypeOf(data).toEqualTypeOf<JsonValue>();
    expectTypeOf(own).toEqualTypeOf<Session>();
    expectTypeOf(event).toEqualTypeOf<CometEvent>();
    publish('/anything', order, { except: own });
    // @ts-expect-error no such option
    publish('/anything', order, { without: own });
    // @ts-expect-error no segment has this name
    return params.nobody;
  });
  push.handle('/orders/:id', async ({ params, signal }) => {
    expectTypeOf(params).toEqualTypeOf<{ readonly id: string }>();
    expectTypeOf(signal).toEqualTypeOf<AbortSignal>();
    return order;
  });
  push.handle('/plain', ({ params }) => {
    // @ts-expect-error the template names no segment
    return params.id;
  });
  const template: string = '/orders/:id';
  push.on(template, ({ params }) => expectTypeOf(params['id']).toEqualTypeOf<string | undefined>());
  push.handle('/slow', () => 1, { timeoutMs: 5 });
  // @ts-expect-error the time is a number of milliseconds
  push.handle('/slow', () => 1, { timeoutMs: '5s' });
  push.source('/sensors/:id', async function* ({ params }) {
    yield params.id;
  });
  // @ts-expect-error no segment has this name
  push.source('/sensors/:id', async function* ({ params: { room } }) {
    yield room;
  });
  expectTypeOf(push.request(session, '/confirm', order)).resolves.toEqualTypeOf<JsonValue>();
  // @ts-expect-error a schema is a Standard Schema
  push.schema('/orders/:id', { type: 'object' });
  expectTypeOf<keyof ReturnType<typeof talkOf>>().extract<'on' | 'handle'>().toEqualTypeOf<'on' | 'handle'>();
}

export function sends(): void {
  const push = comet<Subjects>();
  const hub = createHub<Subjects>();
  push.publish('/orders/7', order);
  hub.send('id', '/orders/7', { id: 7, at: new Date() });
  hub.sendToPrincipal('ann', '/chat/tea', { text: 'hello' });
  hub.subscribe(session, '/orders/*', { conflate: true });
  // @ts-expect-error the id is missing
  push.publish('/orders/7', { at: new Date() });
  // @ts-expect-error one segment more than the template has
  push.publish('/orders/7/lines', order);
  // @ts-expect-error a chat is no order
  hub.send('id', '/orders/7', { text: 'hello' });
  // @ts-expect-error no such subject
  hub.broadcast('/news', { text: 'hello' });
  // @ts-expect-error yes or no
  hub.subscribe(session, '/orders/*', { conflate: 'subject' });
}

export function refuses(open: Comet, subject: string): void {
  open.publish(subject, { at: new Date(), note: undefined, list: [order] });
  // @ts-expect-error a symbol is lost in JSON
  open.publish(subject, unique);
  // @ts-expect-error so is one that is a member
  open.publish(subject, { unique });
  // @ts-expect-error a method
  open.publish(subject, { greet: () => 'hello' });
  // @ts-expect-error a Map, however deep
  open.publish(subject, { list: [{ map: new Map() }] });
  // @ts-expect-error a BigInt
  open.publish(subject, 1n);
  // @ts-expect-error a promise
  open.publish(subject, Promise.resolve(1));
}

export function asks(client: Client<Subjects>): void {
  expectTypeOf(client.request('/any', order)).resolves.toEqualTypeOf<JsonValue>();
  // @ts-expect-error a function is no JSON
  void client.request('/any', () => 1);
  // @ts-expect-error no such option
  void client.request('/any', 1, { timeout: 5 });
  for (const one of [createClient<Subjects>('/push'), createSharedClient<Subjects>('/push')]) {
    one.subscribe('/orders/*', { conflate: true, latest: true }).on(({ data }) => {
      expectTypeOf(data).toEqualTypeOf<{ id: number; at: string; note?: string }>();
    });
    handle(one, '/confirm', ({ data, refuse }) => (data === null ? refuse('busy', 'not now') : data));
  }
  // @ts-expect-error what answers is a function
  handle(client, '/confirm', true);
  expectTypeOf<Parameters<Answering>[0]['data']>().toEqualTypeOf<JsonValue>();
  expectTypeOf(client.stream<{ token: string }>('/answers/1')).toExtend<AsyncIterable<{ token: string }>>();
  // @ts-expect-error yes or no
  client.subscribe('/orders/*', { conflate: 1 });
  // @ts-expect-error the two ends have one map of subjects
  const other: Client<{ '/orders/:id': string }> = client;
  void other;
}
