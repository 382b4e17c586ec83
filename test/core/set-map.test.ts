import { describe, expect, it } from 'vitest';
import { addTo, removeFrom } from '../../packages/core/src/set-map.ts';

describe('a map of sets', () => {
  it('makes a set with its first value and drops it with its last', () => {
    const sets = new Map<string, Set<number>>();
    addTo(sets, '__proto__', 1);
    addTo(sets, '__proto__', 2);
    removeFrom(sets, '__proto__', 1);
    expect(sets).toEqual(new Map([['__proto__', new Set([2])]]));
    removeFrom(sets, '__proto__', 2);
    expect(sets.size).toBe(0);
  });

  it('ignores the removal of what it does not hold', () => {
    const sets = new Map([['a', new Set([1])]]);
    removeFrom(sets, 'b', 1);
    removeFrom(sets, 'a', 2);
    expect(sets.get('a')).toEqual(new Set([1]));
  });
});
