import { formatCursor } from '@cometkit/core';
import { describe, expect, it } from 'vitest';
import { forksOf, type Handed, judge, type Place } from './judge.ts';
import { Lives } from './lives.ts';

/** Events by number, with places such as `a:3`; lives begin in the order in which they are named. */
function judged(
  places: Readonly<Record<number, string>>,
  handed: readonly (number | Handed)[],
  others: readonly Handed[] = [],
) {
  const lives = new Lives();
  const accepted = new Map<number, Place>();
  let last: string | undefined;
  for (const [at, [id, place]] of Object.entries(places).entries()) {
    const [epoch = '', position] = place.split(':');
    if (epoch !== last) lives.begin(epoch, last, at);
    last = epoch;
    accepted.set(Number(id), { epoch, position: Number(position), at });
    lives.accept(epoch, at);
  }
  const items = handed.map((item) =>
    typeof item === 'number' ? { kind: 'event' as const, id: item } : item,
  );
  const { lost, repeated, reordered, covered } = judge(accepted, items, {
    lives,
    forks: forksOf(accepted, [items, others]),
  });
  return { lost, repeated, reordered, covered };
}

const gap = (reason: string, from = 0, to = 0): Handed => ({ kind: 'gap', reason, from, to });
const clean = { lost: 0, repeated: 0, reordered: 0, covered: 0 };
const places = { 1: 'a:1', 2: 'a:2', 3: 'a:3', 4: 'b:9' };

describe('the judge of a campaign', () => {
  it('finds nothing in what came once and in order', () => {
    expect(judged(places, [1, 2, 3, 4])).toEqual(clean);
  });

  it('finds what is missing without a word, also at the end', () => {
    expect(judged(places, [1, 3])).toEqual({ ...clean, lost: 2 });
  });

  it('finds what came again, and what came late', () => {
    expect(judged(places, [1, 2, 2, 3, 4])).toEqual({ ...clean, repeated: 1 });
    expect(judged(places, [1, 3, 2, 4])).toEqual({ ...clean, reordered: 1 });
    expect(judged(places, [1, 2, 4, 3])).toEqual({ ...clean, reordered: 1 });
  });

  it('counts what a gap at its place tells, and at no other', () => {
    expect(judged(places, [1, gap('engine'), 3, 4])).toEqual({ ...clean, covered: 1 });
    expect(judged(places, [1, gap('trimmed', 2, 2), 3, 4])).toEqual({ ...clean, covered: 1 });
    expect(judged(places, [1, gap('trimmed', 3, 3), 3, 4])).toEqual({ ...clean, lost: 1 });
    expect(judged(places, [gap('engine'), 1, 3, gap('engine'), 4])).toEqual({ ...clean, lost: 1 });
  });

  it('puts lives that were there at the same time in no order, and asks for a gap all the same', () => {
    const lives = new Lives();
    // Two nodes go on from one life to different ones, and from there to the same.
    for (const epoch of ['b', 'c']) {
      lives.begin('a', undefined, 0);
      lives.begin(epoch, 'a', 2);
      lives.begin('d', epoch, 4);
    }
    const accepted = new Map(
      ['a:1', 'b:5', 'c:5', 'd:9'].map((place, index): [number, Place] => {
        const [epoch = '', position] = place.split(':');
        const at = [1, 3, 3, 5][index] ?? 0;
        lives.accept(epoch, at);
        return [index + 1, { epoch, position: Number(position), at }];
      }),
    );
    const event = (id: number): Handed => ({ kind: 'event', id });
    const told = judge(accepted, [event(1), gap('engine'), event(2), event(4)], { lives, forks: new Map() });
    expect(told).toMatchObject({ lost: 0, covered: 1, reordered: 0 });
    const untold = judge(accepted, [event(1), event(3), event(4)], { lives, forks: new Map() });
    expect(untold).toMatchObject({ lost: 1, covered: 0, reordered: 0 });
  });

  it('knows a life that has a fork, where each branch is told of the other behind it', () => {
    const forked = { 1: 'a:1', 2: 'a:2', 3: 'a:2', 4: 'b:9' };
    expect(judged(forked, [1, 2, gap('engine'), 4])).toEqual({ ...clean, covered: 1 });
    expect(judged(forked, [1, 3, 4])).toEqual({ ...clean, lost: 1 });
  });

  it('knows a fork of which one branch holds nothing that is known to be accepted', () => {
    const known = { 1: 'a:1', 3: 'a:2', 4: 'a:5', 5: 'b:9' };
    const cursor = (position: number) => formatCursor('a', position, 7);
    const there: Handed = { kind: 'event', id: 9, cursor: cursor(2) };
    expect(judged(known, [1, there, 4, gap('engine'), 5])).toEqual({ ...clean, covered: 1 });
    expect(judged(known, [1, there, 4, 5])).toEqual({ ...clean, lost: 1 });
    expect(judged(known, [1, 4, gap('engine'), 5], [there])).toEqual({ ...clean, covered: 1 });
    expect(judged(known, [1, 4, gap('engine'), 5])).toEqual({ ...clean, lost: 1 });
  });
});
