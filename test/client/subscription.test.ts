import type { Gap } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import type { ClientItem } from '../../packages/client/src/items.ts';
import { itemOf } from '../../packages/client/src/machine/wire.ts';
import { ClientSubscription } from '../../packages/client/src/subscription.ts';
import { cur, data, gap } from './kit.ts';

interface Made {
  readonly subscription: ClientSubscription;
  readonly lost: Gap[];
  readonly thrown: unknown[];
  /** What it held the server back at. */
  readonly held: (string | undefined)[];
  readonly ended: () => number;
  bring(...positions: (number | [number, number])[]): void;
}

function subscription({ gaps = false, queueLimit = 8, more = 0 } = {}): Made {
  const lost: Gap[] = [];
  const thrown: unknown[] = [];
  const held: (string | undefined)[] = [];
  let ended = 0;
  const made = new ClientSubscription(
    '/a',
    { label: 'mine', gaps },
    {
      queueLimit,
      brake: { more, hold: (taken) => held.push(taken), release: () => held.push('released') },
      ended: () => {
        ended += 1;
      },
      lost: (one) => lost.push(one),
      guard: (run) => {
        try {
          run();
        } catch (error) {
          thrown.push(error);
        }
      },
    },
  );
  const bring: Made['bring'] = (...positions) => {
    for (const one of positions) {
      made.take(itemOf(typeof one === 'number' ? data(one) : gap(...one))?.item as ClientItem);
    }
  };
  return { subscription: made, lost, thrown, held, ended: () => ended, bring };
}

function shown(item: ClientItem | undefined): unknown {
  return item?.kind === 'gap' ? `${item.from}-${item.to}` : item?.data;
}

async function all(items: AsyncIterable<ClientItem>, count: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const item of items) {
    seen.push(shown(item));
    if (seen.length === count) break;
  }
  return seen;
}

describe('iterating', () => {
  it('gives what came before and what comes', async () => {
    const { subscription: sub, bring } = subscription();
    bring(1, 2);
    const seen = all(sub, 3);
    bring(3);
    expect(await seen).toEqual([1, 2, 3]);
  });

  it('ends the subscription when it is left', async () => {
    const { subscription: sub, bring, ended } = subscription();
    bring(1);
    await all(sub, 1);
    expect([sub.closed, ended()]).toEqual([true, 1]);
  });

  it('comes to its end when the subscription is ended, after what had come', async () => {
    const { subscription: sub, bring } = subscription();
    bring(1);
    sub.unsubscribe();
    expect(await all(sub, 9)).toEqual([1]);
  });

  it('ends also while it waits', async () => {
    const { subscription: sub } = subscription();
    const seen = all(sub, 9);
    await Promise.resolve();
    sub.unsubscribe();
    expect(await seen).toEqual([]);
  });

  it('throws when the server refuses, whether it waits or comes later', async () => {
    const failure = { code: 'refused', reason: 'no' } as const;
    const waiting = subscription().subscription;
    const seen = all(waiting, 1);
    await Promise.resolve();
    waiting.settle(failure);
    await expect(seen).rejects.toMatchObject({ code: 'refused', message: '[refused] no' });
    const late = subscription().subscription;
    late.settle(failure);
    await expect(all(late, 1)).rejects.toMatchObject({ code: 'refused' });
    expect(await all(late, 1)).toEqual([]);
  });

  it('serves several readers in their order', async () => {
    const { subscription: sub, bring } = subscription();
    const reads = [sub.next(), sub.next()];
    bring(1, 2);
    expect((await Promise.all(reads)).map((read) => shown(read.value))).toEqual([1, 2]);
  });

  it('of a slow reader tells what there was no room for, in its place', async () => {
    const { subscription: sub, bring, lost } = subscription({ gaps: true, queueLimit: 2 });
    bring(1, 2, 3, 4);
    expect(await all(sub, 3)).toEqual([1, 2, '3-4']);
    expect(lost.map(shown)).toEqual(['3-4']);
  });

  it('leaves gaps out where they are not asked for, also its own', async () => {
    const { subscription: sub, bring, lost } = subscription({ queueLimit: 1 });
    bring([1, 2], 3, 4);
    const seen = all(sub, 2);
    await Promise.resolve();
    await Promise.resolve();
    bring(5);
    expect(await seen).toEqual([3, 5]);
    expect(lost).toHaveLength(1);
  });

  it('hands gaps over where they are asked for', async () => {
    const { subscription: sub, bring } = subscription({ gaps: true });
    bring(1, [2, 5], 6);
    expect(await all(sub, 3)).toEqual([1, '2-5', 6]);
  });
});

describe('holding the server back', () => {
  it('begins when half of its queue waits for an iteration, and ends at a fourth', async () => {
    const { subscription: sub, bring, held } = subscription();
    const first = sub[Symbol.asyncIterator]().next();
    bring(1, 2, 3, 4, 5);
    await first;
    expect(held).toEqual([]);
    bring(6, 7);
    expect(held).toEqual([cur(1)]);
    for (let taken = 2; taken <= 5; taken += 1) await sub.next();
    expect(held).toEqual([1, 2, 3, 4].map((position) => cur(position)).concat('released'));
  });

  it('leaves room for what still comes then', async () => {
    const { subscription: sub, bring, lost } = subscription({ queueLimit: 2, more: 6 });
    const first = sub[Symbol.asyncIterator]().next();
    bring(1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect([shown((await first).value), ...(await all(sub, 8))]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(lost).toEqual([]);
  });

  it('begins with the iteration, also over what came before', async () => {
    const { subscription: sub, bring, held } = subscription();
    bring(1, 2, 3, 4, 5, 6, 7);
    expect(held).toEqual([]);
    await sub[Symbol.asyncIterator]().next();
    expect(held).toEqual([cur(1)]);
  });

  it('is nothing for listeners, also when they take over from an iteration', async () => {
    const { subscription: sub, bring, held } = subscription();
    const first = sub[Symbol.asyncIterator]().next();
    bring(1, 2, 3, 4, 5, 6);
    await first;
    expect(held).toEqual([cur(1)]);
    sub.on(() => undefined);
    bring(7, 8, 9, 10, 11, 12, 13);
    expect(held.at(-1)).toBe('released');
    expect(held.filter((one) => one === 'released')).toHaveLength(1);
  });

  it('ends with the subscription, and what waits can still be taken', async () => {
    const { subscription: sub, bring, held } = subscription();
    const first = sub[Symbol.asyncIterator]().next();
    bring(1, 2, 3, 4, 5, 6);
    await first;
    sub.unsubscribe();
    expect(held).toEqual([cur(1), 'released']);
    expect(await all(sub, 9)).toEqual([2, 3, 4, 5, 6]);
    expect(held).toHaveLength(2);
  });
});

describe('listening', () => {
  it('gives what came before, then what comes, to every listener', () => {
    const { subscription: sub, bring } = subscription();
    const [first, second]: unknown[][] = [[], []];
    bring(1);
    sub.on((item) => first?.push(shown(item)));
    bring(2);
    const stop = sub.on((item) => second?.push(shown(item)));
    bring(3);
    stop();
    bring(4);
    expect([first, second]).toEqual([[1, 2, 3, 4], [3]]);
  });

  it('goes on when a listener throws', () => {
    const { subscription: sub, bring, thrown } = subscription();
    const seen: unknown[] = [];
    sub.on(() => {
      throw new Error('mine');
    });
    sub.on((item) => seen.push(shown(item)));
    bring(1, 2);
    expect(seen).toEqual([1, 2]);
    expect(thrown).toHaveLength(2);
  });

  it('hears nothing more once it has ended, even in the middle of a batch', () => {
    const { subscription: sub, bring } = subscription();
    const seen: unknown[] = [];
    sub.on((item) => {
      seen.push(shown(item));
      sub.unsubscribe();
    });
    bring(1, 2);
    expect(seen).toEqual([1]);
  });
});

describe('ready', () => {
  it('resolves when the server has confirmed', async () => {
    const { subscription: sub } = subscription();
    sub.settle(undefined, 's1');
    await sub.ready;
    expect(sub.sid).toBe('s1');
  });

  it('rejects when it ends before', async () => {
    const { subscription: sub } = subscription();
    sub.unsubscribe();
    await expect(sub.ready).rejects.toMatchObject({ code: 'closed' });
  });

  it('bothers nobody who does not wait for it', async () => {
    subscription().subscription.settle({ code: 'refused' });
    await new Promise((resolve) => setImmediate(resolve));
  });
});
