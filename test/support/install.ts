import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { npm } from '../../scripts/workspace.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['package.json', 'package-lock.json', '.npmrc'];
const abandonedMs = 180_000;

/**
 * Installs what the lock of a folder says, once, into a folder of the same name under .cache, and gives that folder.
 *
 * Shape: undefined, with one line on the output, where npm cannot install; an error instead under CI=true.
 */
export function install(source: string, name: string): string | undefined {
  const folder = join(root, '.cache', name);
  mkdirSync(folder, { recursive: true });
  const release = lock(folder);
  try {
    return isInstalled(source, folder) || installInto(source, folder) ? folder : undefined;
  } finally {
    release();
  }
}

function installInto(source: string, folder: string): boolean {
  for (const file of files) copyFileSync(join(source, file), join(folder, file));
  const { status, stderr } = npm(['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'], {
    cwd: folder,
  });
  if (status === 0) {
    writeFileSync(stampFile(folder), stampOf(source));
    return true;
  }
  if (process.env['CI'] === 'true') throw new Error(`npm ci failed in ${folder}:\n${stderr}`);
  process.stdout.write(`npm cannot install ${source}: what needs it is not tested.\n`);
  return false;
}

function isInstalled(source: string, folder: string): boolean {
  return existsSync(stampFile(folder)) && readFileSync(stampFile(folder), 'utf8') === stampOf(source);
}

function stampFile(folder: string): string {
  return join(folder, 'node_modules', '.stamp');
}

function stampOf(source: string): string {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) hash.update(readFileSync(join(source, file)));
  return hash.digest('hex');
}

/** Waits until no other test worker installs there. */
function lock(folder: string): () => void {
  const path = join(folder, '.installing');
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch {
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > abandonedMs) rmSync(path, { recursive: true, force: true });
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
  }
}
