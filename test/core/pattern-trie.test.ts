import { describe, expect, it } from 'vitest';
import { PatternTrie } from '../../packages/core/src/pattern-trie.ts';

function found(trie: PatternTrie<string>, subject: string): string[] {
  const entries: string[] = [];
  trie.visit(subject, (entry) => entries.push(entry));
  return entries.sort();
}

describe('the trie of patterns', () => {
  it('tells patterns that end from patterns that go on', () => {
    const trie = new PatternTrie<string>();
    trie.add(['a', '*'], false, 'closed');
    trie.add(['a', '*'], true, 'open');
    trie.add([], true, 'all');
    expect(found(trie, '/a')).toEqual(['all']);
    expect(found(trie, '/a/b')).toEqual(['all', 'closed', 'open']);
    expect(found(trie, '/a/b/c')).toEqual(['all', 'open']);
  });

  it('keeps the branches that others still use when one is removed', () => {
    const trie = new PatternTrie<string>();
    trie.add(['a', '*', 'c'], false, 'long');
    trie.add(['a', '*'], false, 'short');
    trie.remove(['a', '*', 'c'], false, 'long');
    expect(found(trie, '/a/b')).toEqual(['short']);
    expect(trie.size).toBe(1);
  });

  it('ignores the removal of a pattern, a kind or an entry that it does not hold', () => {
    const trie = new PatternTrie<string>();
    trie.add(['a'], false, 'one');
    trie.remove(['a', 'b'], false, 'one');
    trie.remove(['a'], true, 'one');
    trie.remove(['a'], false, 'two');
    expect(trie.size).toBe(1);
  });

  it('visits no more nodes than patterns, however many ways a subject has through the stars', () => {
    const trie = new PatternTrie<string>();
    const depth = 16;
    trie.add(
      Array.from({ length: depth }, () => '*'),
      false,
      'stars',
    );
    trie.add(
      Array.from({ length: depth }, () => 'a'),
      false,
      'names',
    );
    expect(found(trie, '/a'.repeat(depth))).toEqual(['names', 'stars']);
  });
});
