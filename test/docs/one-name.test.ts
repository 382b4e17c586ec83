import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blocksOf, documents, textOf } from './blocks.ts';

const face = JSON.parse(
  readFileSync(new URL('../../packages/cometkit/package.json', import.meta.url), 'utf8'),
);

/** The packages that readers have as `cometkit/…`, and may therefore not have installed by their own name. */
const under = Object.keys(face.exports).flatMap((entry) => /^\.\/(\w+)$/.exec(entry)?.[1] ?? []);
const ownName = new RegExp(`@cometkit/(?:${under.join('|')})\\b.*`, 'g');

// Pages about how the packages are made, and lines about packages as such.
const aboutPackages = new Set(['docs/architecture.md', 'docs/delivery.md', 'docs/benchmarks/README.md']);
const allowed = [/^\| (?:\[?`@cometkit\/\w+`).* \|/m, /^- `serverExternalPackages: .*/m];

const pages = documents().filter((page) => !page.startsWith('docs/decisions/') && !aboutPackages.has(page));

describe('the documentation', () => {
  it('knows the packages under one name', () => {
    expect(under).toEqual(expect.arrayContaining(['express', 'next', 'client', 'react']));
  });

  it.each(pages)('imports what cometkit has from cometkit in %s', (page) => {
    const code = blocksOf(page).flatMap(({ text }) => text.match(ownName) ?? []);
    const lines = textOf(page).split('\n');
    const words = lines.filter(
      (line) => !allowed.some((form) => form.test(line)) && line.match(ownName) !== null,
    );
    expect([...code, ...words]).toEqual([]);
  });
});
