// `npm start`, from a fresh clone on: builds the packages of this repository, installs, builds the app and serves it.
// Arguments go to `next start`: `npm start -- --port 8080`. Uses node: built-ins only.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const next = `${here}node_modules/next/dist/bin/next`;

function run(command, args, cwd) {
  const shell = command === 'npm' && process.platform === 'win32';
  const { status } = spawnSync(command, args, { cwd, stdio: 'inherit', shell });
  if (status !== 0) process.exit(status ?? 1);
}

/** When the packages were compiled last. */
function builtAt() {
  const stamps = readdirSync(`${root}packages`).map((name) => `${root}packages/${name}/dist/.tsbuildinfo`);
  return Math.max(...stamps.map((path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0));
}

function installedAt() {
  return statSync(`${here}node_modules/.package-lock.json`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (!existsSync(`${root}node_modules/typescript`)) run('npm', ['ci', '--include=dev'], root);
run('npm', ['run', 'build'], root);
// The packages are copied in, so a new build of them needs a new copy.
if (installedAt() < builtAt()) run('npm', ['ci', '--include=dev'], here);
run(process.execPath, [next, 'build'], here);
const server = spawn(process.execPath, [next, 'start', ...process.argv.slice(2)], {
  cwd: here,
  stdio: 'inherit',
});
for (const signal of ['SIGINT', 'SIGTERM'])
  process.on(signal, () => signal === 'SIGTERM' && server.kill(signal));
server.on('exit', (code) => process.exit(code ?? 1));
