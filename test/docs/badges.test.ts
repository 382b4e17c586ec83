import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { badges } from '../../scripts/docs/badges.mjs';

const fileOf = (path: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');

describe('the badges of the README', () => {
  it('say what the manifests say', () => {
    const folder = 'docs/images/badges/';
    const files = readdirSync(fileURLToPath(new URL(`../../${folder}`, import.meta.url)));
    expect(Object.fromEntries(files.map((file) => [file, fileOf(folder + file)]))).toEqual(badges());
  });

  it('are all shown, each with its words for those who do not see it', () => {
    const shown = [...fileOf('README.md').matchAll(/!\[([^\]]*)\]\(docs\/images\/badges\/([^)]*)\)/g)];
    expect(Object.fromEntries(shown.map(([, words, file = '']) => [file, words]))).toEqual(
      Object.fromEntries(
        Object.entries(badges()).map(([file, svg]) => [file, /aria-label="([^"]*)"/.exec(svg)?.[1]]),
      ),
    );
  });
});
