import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blocksOf, documents } from './blocks.ts';
import { verdicts } from './verdicts.ts';

describe('the code blocks of the documentation', () => {
  it.each(documents())('are all decided on in %s', (document) => {
    const decided = verdicts[document] ?? [];
    const firsts = blocksOf(document).map(({ first }) => first);
    expect(
      firsts.map((first, index) => first.slice(0, decided[index]?.first.length ?? first.length)),
    ).toEqual(decided.map(({ first }) => first));
  });

  it('are run by tests that exist, and left out with a reason', () => {
    for (const verdict of Object.values(verdicts).flat()) {
      if ('by' in verdict) expect(existsSync(new URL(`../${verdict.by}`, import.meta.url))).toBe(true);
      else expect(verdict.because).not.toBe('');
    }
  });

  it('are in documents that exist', () => {
    const all = documents();
    expect(Object.keys(verdicts).filter((document) => !all.includes(document))).toEqual([]);
  });

  it('are found by the tests that run them', () => {
    for (const [document, decided] of Object.entries(verdicts)) {
      const own = decided.filter((verdict) => 'by' in verdict && verdict.by.startsWith('docs/'));
      const files = new Set(own.map((verdict) => ('by' in verdict ? verdict.by : '')));
      const code = [...files].map((file) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8'));
      if (own.length > 0) expect(code.join('')).toContain(`'${document}'`);
    }
  });
});
