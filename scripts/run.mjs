// `npm start`, `npm test` and the long jobs, from a fresh clone on: installs what is needed, builds, then does the job.
// Uses node: built-ins only, since it runs before anything is installed.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stampFile = fileURLToPath(new URL('../node_modules/.setup-stamp', import.meta.url));

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function checkNodeVersion() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  fail(`CometKit needs Node.js 20.19 or later; this is ${process.version} (${process.execPath}).`);
}

function stamp() {
  const hash = createHash('sha256').update(readFileSync(`${root}package-lock.json`));
  return hash.update(`${process.version} ${process.platform} ${process.arch}`).digest('hex');
}

function installed() {
  return existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp();
}

function npm(args, { cwd = root, stderr = /** @type {'inherit' | 'pipe'} */ ('inherit') } = {}) {
  // Under `npm run` the running npm says where it is; a bare `node scripts/run.mjs` takes the one on PATH.
  const self = process.env.npm_execpath;
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { cwd, stdio: ['inherit', 'inherit', stderr] };
  if (self?.endsWith('npm-cli.js')) return spawnSync(process.execPath, [self, ...args], options);
  return spawnSync('npm', args, { ...options, shell: process.platform === 'win32' });
}

function install() {
  if (installed()) return;
  process.stderr.write('Installing the dependencies (npm ci) …\n');
  // --include=dev: NODE_ENV=production would leave the tools out.
  if (npm(['ci', '--include=dev']).status !== 0) fail('npm ci failed; see above.');
  writeFileSync(stampFile, stamp());
}

function build() {
  // Not npx: without an installed compiler it would fetch another package called tsc.
  const args = [`${root}node_modules/typescript/bin/tsc`, '-b'];
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' });
  if (status !== 0) fail('The build (tsc -b) failed; see above.');
  // The example pages have no bundler of their own.
  const bundled = spawnSync(process.execPath, [`${root}scripts/bundle-client.mjs`], {
    cwd: root,
    stdio: 'inherit',
  });
  if (bundled.status !== 0) fail('The bundle of the client failed; see above.');
}

/**
 * Ends the child when npm has ended. `npm start` puts a shell between itself and us, and a SIGTERM to npm kills that
 * shell without reaching us: without this watch a stopped demo would keep its port.
 */
function watchNpm(child) {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 250).unref();
}

/** Runs a program in our place: same streams, signals passed on, its exit code becomes ours. */
function become(file, args, env) {
  const child = spawn(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit', env });
  follow(child);
  child.on('error', (error) => fail(`Cannot run ${file}: ${error.message}`));
  child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
}

/** Passes signals on to the child, and ends it when npm has ended. */
function follow(child) {
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      // A Ctrl-C at a terminal reaches the child by itself; twice would make it give up its orderly end.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    });
  }
  watchNpm(child);
}

const programs = {
  start: 'examples/monitor/server.mjs',
  prove: 'scripts/prove.mjs',
  'prove:sockets': 'scripts/prove-sockets.mjs',
  'prove:cluster': 'scripts/prove-cluster.mjs',
  mutants: 'scripts/mutants.mjs',
  soak: 'scripts/soak.mjs',
  nightly: 'scripts/nightly.mjs',
  bench: 'bench/run.mjs',
  docs: 'scripts/docs.mjs',
};

async function test(args) {
  const { provision } = await import('./provision.mjs');
  const { env, missing } = await provision();
  for (const sentence of missing) process.stderr.write(`${sentence}\n`);
  if (missing.length > 0 && (process.env.CI === 'true' || process.env.REQUIRE_ALL === '1')) {
    fail('With CI=true or REQUIRE_ALL=1 every tool must be there.');
  }
  const { runTests } = await import('./run-tests.mjs');
  process.exit(await runTests(args, { ...process.env, ...env }, follow));
}

/**
 * Runs the demo: from the whole tool chain where it is installed, else from the few packages that the demo needs.
 */
async function start(args) {
  if (installed()) {
    build();
    become(`${root}${programs.start}`, args, process.env);
    return;
  }
  const { buildDemo, isFree } = await import('./demo/build.mjs');
  const { PORT: port = '3000', HOST: host = '127.0.0.1' } = process.env;
  if (/^[1-9]\d{0,4}$/.test(port) && !(await isFree(Number(port), host))) {
    fail(`Port ${port} is already in use. Choose another one: PORT=${Number(port) + 1} npm start`);
  }
  try {
    become(await buildDemo(npm), args, process.env);
  } catch (error) {
    if (error.code !== 'EACCES') fail(error.message);
    fail(`No permission to write ${error.path}. npm start makes the demo in the folder of the clone.`);
  }
}

checkNodeVersion();
const [job, ...args] = process.argv.slice(2);
if (job !== 'test' && !Object.hasOwn(programs, job ?? ''))
  fail(`Usage: node scripts/run.mjs test|${Object.keys(programs).join('|')} [arguments]`);
if (job === 'start') await start(args);
else {
  install();
  build();
  if (job === 'test') await test(args);
  else become(`${root}${programs[job]}`, args, process.env);
}
