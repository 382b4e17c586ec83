import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { cycles, fileFaults, folderCycles, type Manifest } from './rules.ts';
import { readFacts, type SourceFacts } from './source-facts.ts';

const packagesFolder = fileURLToPath(new URL('../../packages', import.meta.url));

function sourcesOf(name: string): SourceFacts[] {
  const src = join(packagesFolder, name, 'src');
  if (!existsSync(src)) return [];
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((path) => /\.tsx?$/.test(path))
    .map((path) => readFacts(name, path.replaceAll(sep, '/'), readFileSync(join(src, path), 'utf8')));
}

function manifestOf(name: string): Manifest {
  return JSON.parse(readFileSync(join(packagesFolder, name, 'package.json'), 'utf8'));
}

describe.each(readdirSync(packagesFolder))('the sources of %s', (name) => {
  it('keep to the arrows, the allowed globals and the size of a file', () => {
    const faults = sourcesOf(name).flatMap((facts) => fileFaults(facts, manifestOf(name)));
    expect(faults).toEqual([]);
  });

  it('import each other without a cycle', () => {
    expect(cycles(sourcesOf(name))).toEqual([]);
  });

  it('lie in folders without a cycle', () => {
    expect(folderCycles(sourcesOf(name))).toEqual([]);
  });
});
