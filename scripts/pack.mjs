// Packs every publishable package into a folder, as `npm publish` would send it. `node scripts/pack.mjs FOLDER`;
// the packages must be built.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm, packages } from './workspace.mjs';

/**
 * Packs all packages into `folder`, which is emptied first.
 * Answers `{ name, file }` for each: the package's name and its tarball's full path.
 */
export function packAll(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const workspaces = packages().flatMap(({ manifest }) => ['--workspace', manifest.name]);
  const { status, stdout, stderr } = npm(['pack', '--json', '--pack-destination', folder, ...workspaces]);
  if (status !== 0) throw new Error(`npm pack failed:\n${stderr}`);
  // npm 12 answers an object by package name where npm 11 answers a list.
  const packed = JSON.parse(stdout);
  const list = Array.isArray(packed) ? packed : Object.values(packed);
  return list.map(({ name, filename }) => ({ name, file: join(folder, filename) }));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (!folder) {
    console.error('Usage: node scripts/pack.mjs FOLDER');
    process.exitCode = 1;
  } else {
    for (const { name, file } of packAll(folder)) console.log(`${name}  ${file}`);
  }
}
