import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { beforeAll, describe, expect, it } from 'vitest';
import { build } from '../../scripts/workspace.mjs';

const face = fileURLToPath(new URL('../../packages/cometkit/', import.meta.url));
const manifest = JSON.parse(readFileSync(`${face}package.json`, 'utf8'));
const entries: string[] = Object.values<{ types?: string }>(manifest.exports).flatMap(
  ({ types }) => types ?? [],
);

/** The names that an entry exports, types included. */
function namesOf(checker: ts.TypeChecker, file: ts.SourceFile | undefined): string[] {
  const symbol = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  return symbol === undefined ? [] : checker.getExportsOfModule(symbol).map(({ name }) => name);
}

describe('the package cometkit', () => {
  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  }, 120_000);

  it('gives at most 130 names to users', () => {
    const files = entries.map((entry) => `${face}${entry.slice(2)}`);
    const program = ts.createProgram(files, {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      skipLibCheck: true,
      types: [],
    });
    const checker = program.getTypeChecker();
    const perEntry = files.map((file) => namesOf(checker, program.getSourceFile(file)));
    for (const names of perEntry) expect(names.length).toBeGreaterThan(0);
    const all = [...new Set(perEntry.flat())].sort();
    expect(all.length, all.join(' ')).toBeLessThanOrEqual(130);
  }, 60_000);

  it('holds nothing but what its packages export', () => {
    for (const entry of entries) {
      const source = readFileSync(
        `${face}${entry.replace('./dist/', 'src/').replace('.d.ts', '.ts')}`,
        'utf8',
      );
      const code = source
        .replace(/\/\*\*.*?\*\//gs, '')
        .replace("'use client';", '')
        .trim();
      expect(code).toMatch(/^export \* from '@cometkit\/[a-z/]+';$/);
    }
  });
});
