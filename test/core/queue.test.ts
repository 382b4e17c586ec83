import { type Gap, type Item, positionOf } from '@cometkit/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../packages/core/src/budget.ts';
import { LogEvent } from '../../packages/core/src/event.ts';
import { Queue } from '../../packages/core/src/queue.ts';
import { runs } from './kit.ts';

const limits = { queueLimit: 4, queueBytes: 1000 };

function event(position: number, size = 0): Item {
  const draft = { subject: '/a', time: 0, from: undefined, scope: 'subject', to: undefined } as const;
  return new LogEvent({ ...draft, json: 'x'.repeat(size) }, position, `e-${position}-1`);
}

function gap(from: number, to: number): Gap {
  return { kind: 'gap', from, to, cursor: '', reason: 'trimmed', count: undefined };
}

function queueOf(...items: Item[]): { queue: Queue; budget: Budget } {
  const budget = new Budget(100, 100_000);
  const queue = new Queue(limits, budget);
  for (const item of items) queue.push(item);
  return { queue, budget };
}

describe('a queue', () => {
  it('gives the oldest first and keeps it until it is acknowledged', () => {
    const [one, two, three] = [event(1), event(5), event(9)];
    const { queue } = queueOf(one, two, three);
    expect(queue.take(2, 1000)).toEqual([one, two]);
    expect(queue.take(2, 1000)).toEqual([three]);
    expect([queue.size, queue.waiting]).toEqual([3, 0]);
    expect(queue.ack(5)).toBe(two);
    expect(queue.size).toBe(1);
  });

  it('gives at least one item, however large, and none beyond the bytes', () => {
    const { queue } = queueOf(event(1, 5000), event(2, 10), event(3, 10));
    expect(queue.take(10, 100)).toHaveLength(1);
    expect(queue.take(10, 400)).toHaveLength(2);
  });

  it.each([0, -1, Number.NaN])('gives nothing when %d items are asked for', (count) => {
    expect(queueOf(event(1)).queue.take(count, 1000)).toEqual([]);
  });

  it('acknowledges nothing that was not taken', () => {
    const { queue } = queueOf(event(1), event(2));
    queue.take(1, 1000);
    expect(queue.ack(2)).toMatchObject({ position: 1 });
    expect(queue.ack(2)).toBeUndefined();
    expect(queue.waiting).toBe(1);
  });

  it('gives again what was taken and not acknowledged', () => {
    const { queue } = queueOf(event(1), event(2), event(3));
    queue.take(3, 1000);
    queue.ack(1);
    queue.rewind();
    expect(queue.firstWaiting).toMatchObject({ position: 2 });
    expect(queue.take(9, 1000)).toHaveLength(2);
  });

  it('has room for so many items and bytes, but an empty one for any item', () => {
    const { queue } = queueOf();
    expect(queue.hasRoom(event(1, 50_000))).toBe(true);
    queue.push(event(1, 500));
    expect([queue.hasRoom(event(2, 100)), queue.hasRoom(event(2, 500))]).toEqual([true, false]);
    for (const position of [2, 3, 4]) queue.push(gap(position, position));
    expect(queue.hasRoom(gap(5, 5))).toBe(false);
  });

  it('fits nothing while the hub is at its bounds', () => {
    const budget = new Budget(1, 1000);
    const [full, other] = [new Queue(limits, budget), new Queue(limits, budget)];
    full.push(event(1));
    expect([other.fits(event(2)), other.hasRoom(event(2)), full.withinBounds]).toEqual([false, true, false]);
    full.clear();
    expect(other.fits(event(2))).toBe(true);
  });

  it('puts other items in the place of those that wait', () => {
    const { queue, budget } = queueOf(event(1, 10), event(2, 20), event(3, 30));
    queue.take(1, 1000);
    queue.replaceWaiting((waiting) => waiting.slice(1));
    expect([queue.size, queue.waiting, budget.events]).toEqual([2, 1, 2]);
    expect(queue.bytes).toBe(budget.bytes);
    expect([queue.held(false), queue.held(true)].map((items) => items.map(positionOf))).toEqual([
      [1, 3],
      [3],
    ]);
  });

  type Step = readonly ['push' | 'take' | 'ack' | 'rewind' | 'clear', number];
  const step: fc.Arbitrary<Step> = fc.tuple(
    fc.constantFrom('push', 'push', 'push', 'take', 'take', 'ack', 'rewind', 'clear'),
    fc.nat(120),
  );

  it('is an array with two marks, whatever is done to it, and gives its budget back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
        const { queue, budget } = queueOf();
        let items: Item[] = [];
        let next = 0;
        let tail = 0;
        for (const [name, n] of steps) {
          if (name === 'push') {
            tail += 1 + (n % 3);
            items.push(event(tail, n));
            queue.push(items.at(-1) as Item);
          } else if (name === 'take') {
            expect(queue.take(n % 7, 100_000)).toEqual(items.slice(next, next + (n % 7)));
            next = Math.min(items.length, next + (n % 7));
          } else if (name === 'ack') {
            const count = items
              .slice(0, next)
              .filter((item) => item.kind === 'data' && item.position <= n).length;
            expect(queue.ack(n)).toBe(items[count - 1]);
            items = items.slice(count);
            next -= count;
          } else if (name === 'rewind') {
            queue.rewind();
            next = 0;
          } else if (n > 100) {
            queue.clear();
            items = [];
            next = 0;
          }
          expect([queue.size, queue.waiting]).toEqual([items.length, items.length - next]);
          expect([budget.events, budget.bytes]).toEqual([queue.size, queue.bytes]);
        }
        queue.clear();
        expect([budget.events, budget.bytes]).toEqual([0, 0]);
      }),
      runs(300),
    );
  });
});
