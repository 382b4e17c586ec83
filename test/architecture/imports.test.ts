import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { cycles, fileFaults, folderCycles, type Manifest } from './rules.ts';
import { readFacts, type SourceFacts } from './source-facts.ts';

// Parsing a large package takes seconds where the machine is busy.
vi.setConfig({ testTimeout: 60_000 });

const packagesFolder = fileURLToPath(new URL('../../packages', import.meta.url));

const parsed = new Map<string, readonly SourceFacts[]>();

/** What the rules ask of a package, parsed once for all of them. */
function sourcesOf(name: string): readonly SourceFacts[] {
  const sources = parsed.get(name) ?? parse(name);
  parsed.set(name, sources);
  return sources;
}

function parse(name: string): SourceFacts[] {
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
