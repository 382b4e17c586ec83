import { describe, expect, it } from 'vitest';
import { PrefixTable } from '../../packages/core/src/prefix-table.ts';

function found(table: PrefixTable<string>, subject: string): string[] {
  const entries: string[] = [];
  table.visit(subject, (entry) => entries.push(entry));
  return entries.sort();
}

describe('the table of prefixes', () => {
  it('finds every prefix of a subject, the subject itself included', () => {
    const table = new PrefixTable<string>();
    for (const prefix of ['/', '/a', '/ab', '/abc', '/b']) table.add(prefix, prefix);
    expect(found(table, '/ab')).toEqual(['/', '/a', '/ab']);
  });

  it('forgets a length when the last prefix of it goes', () => {
    const table = new PrefixTable<string>();
    table.add('/a', 'one');
    table.add('/b', 'two');
    table.add('/a', 'three');
    table.remove('/a', 'one');
    table.remove('/a', 'three');
    expect(found(table, '/b')).toEqual(['two']);
    table.remove('/b', 'two');
    expect([table.size, found(table, '/b')]).toEqual([0, []]);
  });

  it('ignores the removal of what it does not hold', () => {
    const table = new PrefixTable<string>();
    table.add('/a', 'one');
    table.remove('/b', 'one');
    table.remove('/a', 'two');
    expect(found(table, '/a')).toEqual(['one']);
  });
});
