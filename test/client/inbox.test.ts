import { describe, expect, it } from 'vitest';
import { Inbox } from '../../packages/client/src/inbox.ts';
import type { ClientItem } from '../../packages/client/src/items.ts';
import { itemOf } from '../../packages/client/src/machine/wire.ts';
import { cur, data, gap } from './kit.ts';

function item(event: ReturnType<typeof data>): ClientItem {
  return itemOf(event)?.item as ClientItem;
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
    const inbox = new Inbox(1);
    const lost = [1, 2, 3, 4].map((position) => inbox.push(item(data(position))));
    expect(lost[0]).toBeUndefined();
    expect(lost[3]).toEqual({
      kind: 'gap',
      from: 2,
      to: 4,
      cursor: cur(4),
      reason: 'overflow',
      count: undefined,
    });
    expect(inbox.shift()).toMatchObject({ position: 1 });
    expect(inbox.shift()).toEqual(lost[3]);
  });

  it('counts in what a gap covers', () => {
    const inbox = new Inbox(0);
    inbox.push(item(gap(2, 5)));
    expect(inbox.push(item(data(6)))).toMatchObject({ from: 2, to: 6 });
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
});
