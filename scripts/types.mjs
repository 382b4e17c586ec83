// Type-checks everything: the packages by building them, then tests, benches, examples and scripts against the
// packages' sources. A folder that holds nothing to check yet is passed over.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { build, root, runTool } from './workspace.mjs';

function hasCode(folder) {
  if (!existsSync(join(root, folder))) return false;
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' });
  return files.some((file) => /\.(ts|mjs)$/.test(file) && !file.includes('node_modules'));
}

const failed = [];
if (!build()) failed.push('packages');
for (const folder of ['test', 'scripts', 'examples'].filter(hasCode)) {
  if (!runTool('typescript/bin/tsc', ['-p', folder])) failed.push(folder);
}
if (failed.length > 0) {
  console.error(`types: errors in ${failed.join(', ')}`);
  process.exitCode = 1;
}
