import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { findTools } from './scripts/provision.mjs';

const packages = fileURLToPath(new URL('./packages', import.meta.url));

export default defineConfig({
  resolve: {
    // Tests run the sources, never a stale build: every package, also one that is added later, is found by its name.
    alias: [
      { find: /^@cometkit\/([a-z]+)$/, replacement: `${packages}/$1/src/index.ts` },
      { find: /^@cometkit\/([a-z]+)\/([a-z-]+)$/, replacement: `${packages}/$1/src/$2.ts` },
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // On a machine shared with others a deadline may pass. The reporter names the tests that passed only when run again.
    retry: process.env['CI'] ? 1 : 0,
    env: findTools(),
    reporters: ['default', './scripts/vitest-reporter.mjs'],
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reportsDirectory: 'coverage',
      reporter: ['text-summary', 'html', 'json-summary'],
    },
  },
});
