// Checks each package as users will get it: packs it, then asks publint whether the manifest holds and
// "are the types wrong" whether every kind of TypeScript finds the types.
import { join } from 'node:path';
import { packAll } from './pack.mjs';
import { build, root, runTool } from './workspace.mjs';

function sound({ name, file }) {
  console.log(`\n${name}`);
  const manifest = runTool('publint/src/cli.js', ['run', '--strict', file]);
  const types = runTool('@arethetypeswrong/cli/dist/index.js', [
    file,
    '--profile',
    'esm-only',
    '--no-emoji',
    '--no-summary',
    '-f',
    'ascii',
  ]);
  return manifest && types;
}

if (!build()) process.exit(1);
const failed = packAll(join(root, '.cache', 'tarballs'))
  .filter((tarball) => !sound(tarball))
  .map(({ name }) => name);
if (failed.length > 0) {
  console.error(`pkg: not sound: ${failed.join(', ')}`);
  process.exitCode = 1;
}
