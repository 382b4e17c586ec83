// Makes the demo of `npm start` where the tool chain is not installed: what it depends on (five packages and theirs), our
// packages as JavaScript without type checks, and a copy of the example beside them. All of it lies in .cache/demo.
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { bundleClient } from '../bundle-client.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const own = fileURLToPath(new URL('.', import.meta.url));
const folder = join(root, '.cache', 'demo');
const modules = join(folder, 'node_modules');
const stampFile = join(folder, 'installed');
// What npm says when it reaches no registry.
const offline =
  /\b(?:E(?:CONN(?:REFUSED|RESET|ABORTED)|NOTFOUND|AI_AGAIN|TIMEDOUT|(?:NET|HOST)UNREACH|IDLETIMEOUT)|ERR_SOCKET_TIMEOUT)\b/;
// Packages of ours that the demo runs.
const used = ['core', 'codec', 'handler', 'node', 'express', 'client', 'metrics', 'inspector'];

/**
 * Makes or renews the demo.
 *
 * @param npm - runs npm with arguments in a folder; answers the finished process.
 * @returns the file to run.
 * @throws Error - npm could not install what the demo depends on, or a file could not be written.
 */
export async function buildDemo(npm) {
  const begin = performance.now();
  install(npm);
  const esbuild = await import(pathToFileURL(join(modules, 'esbuild', 'lib', 'main.js')).href);
  for (const name of used) await compile(esbuild, name);
  await bundleClient(esbuild, join(modules, '@cometkit', 'client', 'dist'), modules);
  const example = join(folder, 'monitor');
  rmSync(example, { recursive: true, force: true });
  cpSync(join(root, 'examples', 'monitor'), example, { recursive: true });
  process.stderr.write(`Ready after ${((performance.now() - begin) / 1000).toFixed(1)} s.\n`);
  return join(example, 'server.mjs');
}

/** Tells whether the port that the demo asks for is free, so that a taken one is told before anything is installed. */
export function isFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (/** @type {NodeJS.ErrnoException} */ { code }) => resolve(code !== 'EADDRINUSE'));
    server.listen(port, host, () => server.close(() => resolve(true)));
  });
}

function install(npm) {
  const files = ['package.json', 'package-lock.json'];
  const hash = createHash('sha256').update(`${process.version} ${process.platform} ${process.arch}`);
  for (const file of files) hash.update(readFileSync(join(own, file)));
  const stamp = hash.digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  mkdirSync(folder, { recursive: true });
  for (const file of files) cpSync(join(own, file), join(folder, file));
  process.stderr.write('Installing what the demo needs (express, p-queue, eventemitter3, uqr, esbuild) …\n');
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  // Where there is no network npm would try for more than a minute.
  const patience = ['--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=4000'];
  const { status, stderr } = npm(['ci', ...quiet, ...patience], { cwd: folder, stderr: 'pipe' });
  if (status !== 0) throw new Error(whyNot(stderr));
  writeFileSync(stampFile, stamp);
}

/** One line where the network is missing; elsewhere all that npm said. */
function whyNot(stderr) {
  const said = String(stderr ?? '');
  const [code] = offline.exec(said) ?? [];
  return code === undefined
    ? `${said}npm could not install what the demo needs; see above.`
    : `npm cannot reach its registry (${code}). The first npm start needs the network.`;
}

/** Compiles the sources of one package into the demo's node_modules, as the package's manifest names them. */
async function compile(esbuild, name) {
  const source = join(root, 'packages', name);
  const target = join(modules, '@cometkit', name);
  rmSync(join(target, 'dist'), { recursive: true, force: true });
  const entryPoints = readdirSync(join(source, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /(?<!\.d)\.ts$/.test(file))
    .map((file) => join(source, 'src', file));
  const options = {
    outdir: join(target, 'dist'),
    outbase: join(source, 'src'),
    format: 'esm',
    target: 'es2023',
  };
  const { outputFiles } = await esbuild.build({ ...options, entryPoints, write: false, logLevel: 'warning' });
  for (const { path, text } of outputFiles) {
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text.replace(/((?:\bfrom|\bimport\(?)\s*["']\.{1,2}\/[^"']*)\.ts(["'])/g, '$1.js$2'));
  }
  cpSync(join(source, 'package.json'), join(target, 'package.json'));
  // The inspector serves the files of its page from there.
  const page = join(source, 'src', 'page');
  if (existsSync(page)) cpSync(page, join(target, 'src', 'page'), { recursive: true });
}
