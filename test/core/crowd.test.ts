import { describe, expect, it } from 'vitest';
import { type Crowd, joinAt, partAt, visitAll } from '../../packages/core/src/crowd.ts';

function held(crowds: Map<string, Crowd<number>>, key: string): number[] {
  const values: number[] = [];
  visitAll(crowds.get(key), (value) => values.push(value));
  return values;
}

describe('a crowd under a key', () => {
  it('is its value while that is the only one, and a set of several in their order', () => {
    const crowds = new Map<string, Crowd<number>>();
    joinAt(crowds, '__proto__', 2);
    expect(crowds.get('__proto__')).toBe(2);
    joinAt(crowds, '__proto__', 1);
    joinAt(crowds, '__proto__', 2);
    expect(held(crowds, '__proto__')).toEqual([2, 1]);
    partAt(crowds, '__proto__', 2);
    expect(crowds.get('__proto__')).toBe(1);
    partAt(crowds, '__proto__', 1);
    expect([crowds.size, held(crowds, '__proto__')]).toEqual([0, []]);
  });

  it('ignores the removal of what it does not hold', () => {
    const crowds = new Map<string, Crowd<number>>([
      ['one', 1],
      ['more', new Set([1, 2, 3])],
    ]);
    partAt(crowds, 'none', 1);
    partAt(crowds, 'one', 2);
    partAt(crowds, 'more', 4);
    expect([held(crowds, 'one'), held(crowds, 'more')]).toEqual([[1], [1, 2, 3]]);
  });
});
