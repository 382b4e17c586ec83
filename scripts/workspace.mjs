// What several scripts need to know about this workspace: where things are, which packages there are, how to run a tool.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The top folder of the repository. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The publishable packages, by folder name in alphabetical order: `{ folder, path, manifest }`. */
export function packages() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .map((folder) => ({ folder, path: join(root, 'packages', folder) }))
    .filter(({ path }) => existsSync(join(path, 'package.json')))
    .map((found) => ({
      ...found,
      manifest: JSON.parse(readFileSync(join(found.path, 'package.json'), 'utf8')),
    }))
    .filter(({ manifest }) => !manifest.private);
}

/** Runs a JavaScript tool out of node_modules with this Node; answers whether it succeeded. */
export function runTool(file, args, options = {}) {
  const path = join(root, 'node_modules', file);
  return (
    spawnSync(process.execPath, [path, ...args], { cwd: root, stdio: 'inherit', ...options }).status === 0
  );
}

/** Runs npm: the one that runs us, or else the one on PATH. Answers the finished process, output as text. */
export function npm(args, { cwd = root, ...options } = {}) {
  const self = process.env.npm_execpath;
  const [command, first] = self?.endsWith('npm-cli.js') ? [process.execPath, [self]] : ['npm', []];
  const shell = command === 'npm' && process.platform === 'win32';
  return spawnSync(command, [...first, ...args], { cwd, encoding: 'utf8', shell, ...options });
}

/** Builds the packages as `npm run build` does; answers whether it succeeded. */
export function build() {
  return runTool('typescript/bin/tsc', ['-b']);
}
