import { describe, expect, it } from 'vitest';
import { visible, visibleJson } from '../../packages/cli/src/visible.ts';
import { hazardsIn, hostile } from './kit.ts';

describe('a foreign text', () => {
  it('keeps nothing that a terminal obeys', () => {
    expect(hazardsIn(visible(hostile))).toEqual([]);
    expect(visible('a\u001b[31mb\u009bc')).toBe('a\\u001b[31mb\\u009bc');
  });

  it('keeps letters of all scripts, joiners and emoji', () => {
    const text = 'naïve 日本語 می\u200cخواهم 👩\u200d👩\u200d👧';
    expect(visible(text)).toBe(text);
  });

  it('keeps no half of a letter', () => {
    expect(visible('\ud800x')).toBe('\\ud800x');
  });

  it('is cut off where it is too long', () => {
    expect(visible('abcdef', 3)).toBe('abc…');
  });

  it('stays the same JSON', () => {
    const value = { [hostile]: [hostile, 1, null] };
    expect(hazardsIn(visibleJson(value))).toEqual([]);
    expect(JSON.parse(visibleJson(value))).toEqual(value);
  });
});
