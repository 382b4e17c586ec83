import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packages } from '../../scripts/workspace.mjs';

function read(path: string): string {
  return readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
}

const { version, engines, license } = JSON.parse(read('package.json'));

describe.each(packages())('the package $manifest.name', ({ path, manifest }) => {
  it('moves in step with the others', () => {
    expect({ version: manifest.version, engines: manifest.engines, license: manifest.license }).toEqual({
      version,
      engines,
      license,
    });
  });

  it('asks for exactly this version of its siblings', () => {
    const siblings = Object.entries(manifest.dependencies ?? {}).filter(([name]) =>
      name.startsWith('@cometkit/'),
    );
    for (const [name, range] of siblings) expect([name, range]).toEqual([name, version]);
  });

  it('says where it comes from, and what it is for', () => {
    const { homepage, repository, bugs, keywords } = manifest;
    expect(repository).toMatchObject({ type: 'git', directory: path.slice(path.indexOf('packages/')) });
    expect(homepage).toMatch(/^https:/);
    expect(bugs.url).toMatch(/^https:/);
    expect(keywords.length).toBeGreaterThan(3);
  });

  it('has a page that begins with how to install it', () => {
    const text = readFileSync(join(path, 'README.md'), 'utf8');
    expect(text.startsWith(`# ${manifest.name}\n`)).toBe(true);
    expect(text).toMatch(/```sh\nnpm (?:install|create) /);
    expect(text).toMatch(/\]\(\.\.\/\.\.\//);
  });

  it('takes other packages in a range, none by an install script of theirs', () => {
    const others = Object.entries(manifest.dependencies ?? {}).filter(
      ([name]) => !name.startsWith('@cometkit/'),
    );
    for (const [name, range] of others) expect([name, range]).toEqual([name, expect.stringMatching(/^\^/)]);
  });

  it('carries the licence into its tarball', () => {
    expect(readFileSync(join(path, 'LICENSE'), 'utf8')).toBe(read('LICENSE'));
  });

  it('is plain ESM that require() finds as well', () => {
    const { type, sideEffects, main, types, exports, files } = manifest;
    const templates = existsSync(join(path, 'templates')) ? ['templates'] : [];
    expect({ type, sideEffects, main, types, files }).toEqual({
      type: 'module',
      sideEffects: false,
      main: './dist/index.js',
      types: './dist/index.d.ts',
      files: ['dist', 'src', ...templates, '!dist/.tsbuildinfo'],
    });
    // What a bundler takes for production is no other way to get at the package.
    const { production, ...entry } = exports['.'];
    expect(production ?? './dist/production.js').toBe('./dist/production.js');
    expect(entry).toEqual({ types: './dist/index.d.ts', default: './dist/index.js' });
  });
});

describe('the build', () => {
  it('takes in every package', () => {
    const built = JSON.parse(read('tsconfig.json')).references.map(({ path }: { path: string }) => path);
    expect(built.toSorted()).toEqual(packages().map(({ folder }) => `packages/${folder}`));
  });
});

describe('the changelog', () => {
  it('has a heading for the version of the packages', () => {
    const headings = read('CHANGELOG.md')
      .split('\n')
      .filter((line) => line.startsWith('## '));
    expect(headings.some((heading) => heading.includes(version))).toBe(true);
  });
});
