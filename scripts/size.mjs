// Holds browser bundles to their budgets. A package lists its own in package.json:
//   "budgets": [{ "entry": "src/index.ts", "maxGzipBytes": 8000, "external": ["p-queue"] }]
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { packages, root } from './workspace.mjs';

async function gzipBytes(path, { entry, external = [] }) {
  const { outputFiles } = await build({
    entryPoints: [join(path, entry)],
    absWorkingDir: root,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    external,
    write: false,
    logLevel: 'error',
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

for (const { path, manifest } of packages()) {
  for (const budget of manifest.budgets ?? []) {
    const bytes = await gzipBytes(path, budget);
    const over = bytes > budget.maxGzipBytes;
    console.log(
      `${manifest.name} ${budget.entry}: ${bytes} of ${budget.maxGzipBytes} bytes (min+gz)${over ? '  OVER' : ''}`,
    );
    if (over) process.exitCode = 1;
  }
}
