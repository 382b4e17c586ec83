import { describe, expect, it } from 'vitest';
import { blocksOf, textOf } from './blocks.ts';

/** Where the programs stand that the tabs of the landing page are taken from: there they are run. */
const sources = [
  'README.md',
  'docs/guides/nextjs.md',
  'docs/guides/hono.md',
  'docs/guides/koa.md',
  'docs/protocol.md',
];

describe('the landing page', () => {
  it('shows lines of the guides, and no others', () => {
    const blocks = blocksOf('docs/index.md');
    expect(blocks).toHaveLength(sources.length);
    const foreign = blocks.flatMap(({ text }, index) => {
      const known = new Set(
        textOf(sources[index] ?? '')
          .split('\n')
          .map((line) => line.trim()),
      );
      return text.split('\n').filter((line) => !known.has(line.trim()));
    });
    expect(foreign).toEqual([]);
  });
});
