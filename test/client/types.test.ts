import {
  type AnySubjects,
  type Client,
  type ClientEvent,
  type ClientItem,
  createClient,
  type DataOf,
} from '@cometkit/client';
import type { DataFor } from '@cometkit/client/adapter';
import type { JsonValue } from '@cometkit/core';
import { describe, expectTypeOf, it } from 'vitest';

interface Subjects {
  '/stocks/:symbol': { price: number };
  '/stocks/:symbol/trades': { size: number };
  '/time': string;
  '/chat/:room/:user': { text: string };
}

interface Meeting {
  at: Date;
  place?: string;
  people: { name: string; since: Date }[];
}

interface Diary {
  '/meetings/:id': Meeting;
}

// Compiled by `npm run types`; never called.
function uses(client: Client<Subjects>, plain: Client, diary: Client<Diary>): void {
  expectTypeOf(client.subscribe('/time').on).parameter(0).parameter(0).toEqualTypeOf<ClientEvent<string>>();
  expectTypeOf(client.subscribe('/time', { gaps: true }).on)
    .parameter(0)
    .parameter(0)
    .toEqualTypeOf<ClientItem<string>>();
  void client.publish('/stocks/AAPL', { price: 1 });
  void client.publish('/stocks/AAPL/trades', { size: 1 });
  // @ts-expect-error — the price is a number
  void client.publish('/stocks/AAPL', { price: '1' });
  // @ts-expect-error — there is no such subject
  void client.publish('/unknown', 1);
  void plain.publish('/anything', [{ at: 'all' }]);
  const meeting: Meeting = { at: new Date(), people: [] };
  void plain.publish('/anything', meeting);
  void diary.publish('/meetings/1', meeting);
  // @ts-expect-error — text is what arrives, not what is published
  void diary.publish('/meetings/1', { ...meeting, at: 'noon' });
  // @ts-expect-error — a Map is lost in JSON
  void plain.publish('/anything', new Map());
  // @ts-expect-error — a function is no JSON
  void plain.publish('/anything', () => 1);
  client.use('long-poll');
  // @ts-expect-error — there is no such transport
  client.use('pigeon');
}

describe('typed subjects', () => {
  it('give a pattern the data of all that it matches', () => {
    expectTypeOf<DataOf<Subjects, '/time'>>().toEqualTypeOf<string>();
    expectTypeOf<DataOf<Subjects, '/stocks/AAPL/trades'>>().toEqualTypeOf<{ size: number }>();
    expectTypeOf<DataOf<Subjects, '/stocks/AAPL'>>().toEqualTypeOf<{ price: number } | { size: number }>();
    expectTypeOf<DataOf<Subjects, '/stocks/*'>>().toEqualTypeOf<{ price: number }>();
    expectTypeOf<DataOf<Subjects, '/chat/*/bob'>>().toEqualTypeOf<{ text: string }>();
    expectTypeOf<DataOf<Subjects, `/stocks/${string}`>>().toEqualTypeOf<
      { price: number } | { size: number }
    >();
    expectTypeOf<DataOf<Subjects, string>>().toEqualTypeOf<Subjects[keyof Subjects]>();
    expectTypeOf<DataOf<Subjects, '/stocks/**'>>().toEqualTypeOf<{ price: number } | { size: number }>();
    expectTypeOf<DataOf<Subjects, '/time,/chat/*/*'>>().toEqualTypeOf<string | { text: string }>();
    expectTypeOf<DataOf<Subjects, '/nothing'>>().toEqualTypeOf<never>();
  });

  it('give what arrives: a date is text', () => {
    expectTypeOf<DataOf<Diary, '/meetings/*'>>().toEqualTypeOf<{
      at: string;
      place?: string;
      people: { name: string; since: string }[];
    }>();
    expectTypeOf<DataOf<AnySubjects, '/any'>>().toEqualTypeOf<JsonValue>();
    expectTypeOf<DataOf<{ '/a': unknown }, '/a'>>().toEqualTypeOf<unknown>();
  });

  it('give a subject the data that may be published to it', () => {
    expectTypeOf<DataFor<Subjects, '/chat/a/b'>>().toEqualTypeOf<{ text: string }>();
    expectTypeOf<DataFor<Subjects, '/time'>>().toEqualTypeOf<string>();
    expectTypeOf<DataFor<Subjects, '/stocks/AAPL'>>().toEqualTypeOf<{ price: number }>();
    expectTypeOf<DataFor<Subjects, '/stocks/AAPL/trades'>>().toEqualTypeOf<{ size: number }>();
    expectTypeOf<DataFor<Subjects, '/stocks'>>().toEqualTypeOf<never>();
  });

  it('are optional', () => {
    expectTypeOf(createClient).toBeFunction();
    expectTypeOf(uses).toBeFunction();
  });
});
