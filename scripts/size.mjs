// Holds browser bundles to their budgets. A package lists its own in package.json:
//   "budgets": [{ "entry": "src/index.ts", "maxGzipBytes": 8000, "external": ["p-queue"] }]   bundled here, to be measured
//   "budgets": [{ "file": "dist/browser/cometkit.iife.js", "maxGzipBytes": 8000 }]             as it is shipped
// The client for pages may have 17.25 KiB: it checks its options by name, which costs 1.4 kB, as every other package does; it opens
// again what was refused, tells faults of the way from its own, goes on behind events that are too long, asks the server
// (docs/decisions/0041-an-answer-is-an-event.md), reads streams (0048), keeps its place over a reload, and leaves when its page is over (0036).
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { build as compile, packages, root } from './workspace.mjs';

function gzip(contents) {
  return gzipSync(contents, { level: 9 }).length;
}

async function gzipBytes(path, { file, entry, external = [] }) {
  if (file !== undefined) return gzip(readFileSync(join(path, file)));
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
  return gzip(outputFiles[0].contents);
}

if (
  !compile() ||
  spawnSync(process.execPath, [join(root, 'scripts/bundle-client.mjs')], { stdio: 'inherit' }).status !== 0
) {
  process.exit(1);
}
for (const { path, manifest } of packages()) {
  for (const budget of manifest.budgets ?? []) {
    const bytes = await gzipBytes(path, budget);
    const over = bytes > budget.maxGzipBytes;
    console.log(
      `${manifest.name} ${budget.file ?? budget.entry}: ${bytes} of ${budget.maxGzipBytes} bytes (min+gz)${over ? '  OVER' : ''}`,
    );
    if (over) process.exitCode = 1;
  }
}
