import { createSharedClient } from '@cometkit/client/shared';
import { createHooks } from '@cometkit/react';
import { describe, expectTypeOf, it } from 'vitest';

const { useSubscription, useComet } = createHooks<{ '/n': number; '/stocks/:symbol': { price: number } }>();

describe('the types of the hooks', () => {
  it('know the data of each subject', () => {
    expectTypeOf(() => useSubscription('/n').value).returns.toEqualTypeOf<number | undefined>();
    expectTypeOf(() => useSubscription('/n', { initial: 0 }).value).returns.toEqualTypeOf<number>();
    expectTypeOf(() => useSubscription('/stocks/AAPL').value?.price).returns.toEqualTypeOf<
      number | undefined
    >();
    expectTypeOf(() => useSubscription('/n,/stocks').value).returns.toEqualTypeOf<
      number | { price: number } | undefined
    >();
  });

  it('know the value that events are folded into', () => {
    expectTypeOf(
      () => useSubscription('/n', { initial: '', reduce: (text, { data }) => text + data.toFixed() }).value,
    ).returns.toEqualTypeOf<string>();
  });

  it('take the client that tabs share', () => {
    const hooks = createHooks<{ '/n': number }>({ createClient: createSharedClient });
    expectTypeOf(() => hooks.useSubscription('/n').value).returns.toEqualTypeOf<number | undefined>();
  });

  it('refuse what does not fit', () => {
    // @ts-expect-error a snapshot of another type
    void (() => useSubscription('/n', { initial: 'text' }));
    // @ts-expect-error data of another type
    void (() => useComet().client?.publish('/n', 'text'));
    // @ts-expect-error no such transport
    void (() => useComet().client?.use('pigeon'));
  });
});
