import { describe, expect, it } from 'vitest';
import { bytesOfText, ownText } from '../../packages/core/src/own-text.ts';
import { heapAfter } from './heap.ts';

describe('a text that is kept', () => {
  it('is the same text', () => {
    for (const text of ['', 'short', 'a text of some length "\n\u2028', '\ud83d\ude00'.repeat(20)])
      expect(ownText(text)).toBe(text);
  });

  it('keeps nothing of what it was cut out of', () => {
    const used = heapAfter(() =>
      Array.from({ length: 100 }, (_, n) =>
        ownText(`a label of some length ${n}|${'x'.repeat(1e6)}`.split('|')[0] ?? ''),
      ),
    );
    expect(used).toBeLessThan(10e6);
  });

  it('takes a byte for a character, or two when one of them is not Latin', () => {
    expect(bytesOfText('\u00e9'.repeat(100))).toBe(120);
    expect(bytesOfText(`${'e'.repeat(99)}\u20ac`)).toBe(220);
  });
});
