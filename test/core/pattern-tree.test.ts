import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { globMatches } from '../../packages/core/src/pattern.ts';
import { PatternTree } from '../../packages/core/src/pattern-tree.ts';
import { heapAfter } from './heap.ts';
import { runs } from './kit.ts';

function found<T>(tree: PatternTree<T>, subject: string): T[] {
  const entries: T[] = [];
  tree.visit(subject, (entry) => entries.push(entry));
  return entries.sort();
}

const name = fc.constantFrom('a', 'b', '*');
const pattern = fc
  .tuple(fc.array(name, { maxLength: 5 }), fc.boolean())
  .map(([names, open]) => [...names, ...(open || names.length === 0 ? ['**'] : [])])
  .map((names) => `/${names.join('/')}`);
const subject = fc
  .array(fc.constantFrom('a', 'b', 'c'), { maxLength: 6 })
  .map((names) => `/${names.join('/')}`);

describe('the tree of patterns', () => {
  it('tells patterns that end from patterns that go on', () => {
    const tree = new PatternTree<string>();
    tree.add('/a/*', 'closed');
    tree.add('/a/*/**', 'open');
    tree.add('/**', 'all');
    expect(found(tree, '/a')).toEqual(['all']);
    expect(found(tree, '/a/b')).toEqual(['all', 'closed', 'open']);
    expect(found(tree, '/a/b/c')).toEqual(['all', 'open']);
  });

  it('finds what comparing each pattern finds, whatever was added and taken away before', () => {
    const steps = fc.array(fc.tuple(pattern, fc.nat(2), fc.boolean()), { maxLength: 80 });
    fc.assert(
      fc.property(steps, fc.array(subject, { maxLength: 8 }), (plan, subjects) => {
        const tree = new PatternTree<number>();
        const held = new Map<string, Set<number>>();
        for (const [text, entry, adds] of plan) {
          const entries = held.get(text) ?? new Set();
          held.set(text, entries);
          if (adds) {
            tree.add(text, entry);
            entries.add(entry);
          } else {
            tree.remove(text, entry);
            entries.delete(entry);
          }
        }
        const patterns = [...held].filter(([, entries]) => entries.size > 0);
        expect(tree.size).toBe(patterns.length);
        for (const text of subjects) {
          const expected = patterns
            .filter(([one]) => globMatches(one, text))
            .flatMap(([, some]) => [...some]);
          expect(found(tree, text)).toEqual(expected.sort());
        }
        for (const [text, entries] of patterns) for (const entry of entries) tree.remove(text, entry);
        expect([tree.size, found(tree, '/a/b')]).toEqual([0, []]);
      }),
      runs(1000),
    );
  });

  it('ignores the removal of a pattern or an entry that it does not hold', () => {
    const tree = new PatternTree<string>();
    tree.add('/a/**', 'one');
    tree.remove('/a/*', 'one');
    tree.remove('/a/**', 'two');
    expect(found(tree, '/a')).toEqual(['one']);
  });

  it('compares few patterns of thousands with a subject', () => {
    const tree = new PatternTree<number>();
    for (let n = 0; n < 50_000; n += 1) tree.add(`/fleet/${n % 100}/*/car${n}/**`, n);
    let visits = 0;
    const started = process.cpuUsage().user;
    for (let n = 0; n < 10_000; n += 1) tree.visit(`/fleet/${n % 100}/x/car${n}/gps`, () => (visits += 1));
    expect(visits).toBe(10_000);
    // To compare them all would take minutes.
    expect((process.cpuUsage().user - started) / 1000).toBeLessThan(2000);
  });

  it('takes 200 bytes for a pattern of many segments, also where a thousand differ in the last only', () => {
    const texts = Array.from({ length: 10_000 }, (_, n) => `/*${'/segment'.repeat(14)}/${n % 100}x${n}`);
    const tree = new PatternTree<number>();
    const used = heapAfter(() => {
      texts.forEach((text, n) => {
        tree.add(text, n);
      });
      return tree;
    });
    expect(used / texts.length).toBeLessThan(200);
  });
});
