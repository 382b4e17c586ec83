import type { Gap } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/client/src/inbox.ts';
import type { ClientItem } from '../../packages/client/src/items.ts';
import { itemOf } from '../../packages/client/src/machine/wire.ts';
import { cur, data, gap } from './kit.ts';

function item(event: ReturnType<typeof data>): ClientItem {
  return itemOf(event)?.item as ClientItem;
}

function watched(limit: number): { readonly inbox: Inbox; readonly told: Gap[] } {
  const told: Gap[] = [];
  return { inbox: new Inbox(limit, (gap) => told.push(gap)), told };
}

describe('the inbox of a slow reader', () => {
  it('gives back what it took, oldest first', () => {
    const inbox = new Inbox(3);
    for (const position of [1, 2, 3]) inbox.push(item(data(position)));
    expect([inbox.shift(), inbox.shift(), inbox.shift(), inbox.shift()].map((one) => one?.cursor)).toEqual([
      cur(1),
      cur(2),
      cur(3),
      undefined,
    ]);
  });

  it('tells in one gap what it has no room for', () => {
    const { inbox, told } = watched(1);
    for (const position of [1, 2, 3, 4]) inbox.push(item(data(position)));
    expect(inbox.shift()).toMatchObject({ position: 1 });
    expect(told).toEqual([]);
    const lost = { kind: 'gap', from: 2, to: 4, cursor: cur(4), reason: 'overflow', count: undefined };
    expect(inbox.shift()).toEqual(lost);
    expect(told).toEqual([lost]);
  });

  it('counts in what a gap covers', () => {
    const inbox = new Inbox(0);
    inbox.push(item(gap(2, 5)));
    inbox.push(item(data(6)));
    expect(inbox.shift()).toMatchObject({ from: 2, to: 6 });
  });

  it('begins another gap after there was room again', () => {
    const inbox = new Inbox(1);
    for (const position of [1, 2]) inbox.push(item(data(position)));
    inbox.shift();
    inbox.shift();
    for (const position of [3, 4]) inbox.push(item(data(position)));
    inbox.shift();
    expect(inbox.shift()).toMatchObject({ from: 4, to: 4 });
  });

  it('tells of a gap once: a reader that takes item by item makes no other until half is free', () => {
    const { inbox, told } = watched(4);
    for (let position = 1; position <= 100; position += 1) {
      inbox.push(item(data(position)));
      if (position >= 97) inbox.shift();
    }
    expect(told).toMatchObject([{ from: 5, to: 99 }]);
    expect([inbox.shift(), inbox.shift()]).toMatchObject([{ from: 5, to: 99 }, { position: 100 }]);
    expect(inbox.shift()).toBeUndefined();
    expect(told).toHaveLength(1);
  });
});
