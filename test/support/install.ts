import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['package.json', 'package-lock.json', '.npmrc'];
const abandonedMs = 180_000;

/** What a program has left behind. */
export interface Finished {
  readonly status: number | null;
  readonly output: string;
}

/** Runs a program to its end without blocking: a worker that stands still for a minute is given up by the runner. */
export function run(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv },
): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const shell = command === 'npm' && process.platform === 'win32';
    const child = spawn(command, [...args], { ...options, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const add = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.on('error', reject);
    child.on('close', (status) => resolve({ status, output }));
  });
}

/**
 * Installs what the lock of a folder says, once, into a folder of the given name under .cache, and gives that folder.
 *
 * @returns undefined, with one line on the output, where npm cannot install; an error instead under CI=true.
 */
export async function install(source: string, name: string): Promise<string | undefined> {
  const folder = join(root, '.cache', name);
  mkdirSync(folder, { recursive: true });
  const release = await lock(folder);
  try {
    return isInstalled(source, folder) || (await installInto(source, folder)) ? folder : undefined;
  } finally {
    release();
  }
}

async function installInto(source: string, folder: string): Promise<boolean> {
  for (const file of files) copyFileSync(join(source, file), join(folder, file));
  // Under `npm run` the running npm says where it is.
  const self = process.env['npm_execpath'];
  const [command, first] = self?.endsWith('npm-cli.js') ? [process.execPath, [self]] : ['npm', []];
  const args = [...first, 'ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund'];
  const { status, output } = await run(command, args, { cwd: folder });
  if (status === 0) {
    writeFileSync(stampFile(folder), stampOf(source));
    return true;
  }
  if (process.env['CI'] === 'true') throw new Error(`npm ci failed in ${folder}:\n${output}`);
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
async function lock(folder: string): Promise<() => void> {
  const path = join(folder, '.installing');
  for (;;) {
    try {
      mkdirSync(path);
      return () => rmSync(path, { recursive: true, force: true });
    } catch {
      const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > abandonedMs) rmSync(path, { recursive: true, force: true });
      else await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
