import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockFaults } from '../../scripts/check-lock.mjs';

const own = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'));

function faults(packages: Record<string, object>): string[] {
  return lockFaults({ packages });
}

const integrity = 'sha512-x';

describe('the lock check', () => {
  it('finds nothing in our own lock', () => {
    expect(lockFaults(own)).toEqual([]);
  });

  it('accepts optional dependencies at the top and beside their owner', () => {
    const optionalDependencies = { inner: '1', outer: '1' };
    expect(
      faults({
        '': {},
        'node_modules/@a/b': { integrity, optionalDependencies },
        'node_modules/@a/b/node_modules/inner': { integrity },
        'node_modules/outer': { integrity, optional: true, hasInstallScript: true },
        'packages/core': { version: '0.1.0' },
        'node_modules/@cometkit/core': { resolved: 'packages/core', link: true },
      }),
    ).toEqual([]);
  });

  it('refuses a lock that lacks an optional dependency', () => {
    expect(
      faults({
        'node_modules/a': { integrity, optionalDependencies: { 'a-win32': '1' } },
        'node_modules/b/node_modules/a-win32': { integrity },
      }),
    ).toEqual(['node_modules/a wants the optional a-win32, which the lock lacks']);
  });

  it('refuses a download address, a missing hash and a runtime install script', () => {
    expect(
      faults({
        'node_modules/a': { integrity, resolved: 'https://example.org/a.tgz' },
        'node_modules/b': {},
        'node_modules/c': { integrity, hasInstallScript: true },
        'node_modules/d': { integrity, hasInstallScript: true, dev: true },
      }),
    ).toEqual([
      'node_modules/a names a download address',
      'node_modules/b has no integrity hash',
      'node_modules/c is a runtime dependency with an install script',
    ]);
  });
});
