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
