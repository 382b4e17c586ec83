import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lockFaults } from '../../scripts/check-lock.mjs';
import { packages } from '../../scripts/workspace.mjs';

const lock = JSON.parse(
  readFileSync(new URL('../../examples/next/package-lock.json', import.meta.url), 'utf8'),
);

describe('the lock of examples/next', () => {
  it('installs everywhere', () => {
    // Packages of this repository come from their folders and have no hash.
    const faults = lockFaults(lock).filter((fault: string) => !fault.startsWith('node_modules/@cometkit/'));
    expect(faults).toEqual([]);
  });

  it('knows what the packages depend on; else write it anew: npm install --package-lock-only there', () => {
    const known = packages().filter(({ manifest }) => lock.packages[`node_modules/${manifest.name}`]);
    expect(known.length).toBeGreaterThan(0);
    for (const { manifest } of known) {
      const locked = lock.packages[`node_modules/${manifest.name}`];
      expect([manifest.name, locked.version, locked.dependencies]).toEqual([
        manifest.name,
        manifest.version,
        manifest.dependencies,
      ]);
    }
  });
});
