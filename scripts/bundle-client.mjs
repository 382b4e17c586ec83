// Bundles the client for pages without a bundler of their own, out of a compiled client: its dist/browser.
//   cometkit.js, transports.js, shared.js, presence.js, handle.js, classic.js   modules, each complete in itself
//   cometkit.iife.js        the default client for a plain script element: `CometKit.createClient(…)`
//   cometkit.full.iife.js   all of them but presence in one
// The package cometkit has copies of the first five, so that who installed that one alone finds them.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const queue = fileURLToPath(new URL('browser-queue.mjs', import.meta.url));
// What each file of the bundle is called, by the entry of the package.
const entries = {
  cometkit: 'index',
  transports: 'transports',
  shared: 'shared',
  presence: 'presence',
  handle: 'handle',
  classic: 'classic',
};
// What `CometKit` has in each file for plain script elements.
const client = ['index', 'createClient, ClientError'];
const scripts = {
  'cometkit.iife': [client],
  'cometkit.full.iife': [
    client,
    ['transports', 'eventSource, iframe, webSocket'],
    ['shared', 'createSharedClient'],
    ['classic', 'createClassicClient, classicStates'],
  ],
};

// Members that nobody outside of the client sees, and no browser either: they get short names.
const internal = `
  abandon ackAt acked ackedAt answer channel clientId control ended endpoint ends epoch extra failures firstItem gathering ghosts greet
  guard heardAt held holes joinedAt joins ladder lost matcher nextMs oversized phase pinned place probeAt progress proven
  readers rebuffs refresh reopen reported requestId rung seed seen selector sentAt settle showKey strays strikes suspect take task tasks
  unacked unackedSize untold upAt upDelayMs windowSize woken
`;

/** @type {import('esbuild').BuildOptions} */
const common = {
  bundle: true,
  minify: true,
  platform: 'browser',
  target: 'es2022',
  sourcemap: true,
  logLevel: 'warning',
  mangleProps: new RegExp(`^(?:${internal.trim().split(/\s+/).join('|')})$`),
};

/** When the newest of the files below a folder was written. */
function newest(folder) {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((file) => file.isFile());
  return Math.max(0, ...files.map(({ parentPath, name }) => statSync(`${parentPath}/${name}`).mtimeMs));
}

function isCurrent(outdir, names) {
  const sources = ['client', 'codec', 'core'].map((name) =>
    fileURLToPath(new URL(`../packages/${name}/src`, import.meta.url)),
  );
  const files = names.map((name) => `${outdir}/${name}.js`);
  if (!files.every((file) => existsSync(file))) return false;
  const own = Math.max(...[fileURLToPath(import.meta.url), queue].map((file) => statSync(file).mtimeMs));
  const built = Math.min(...files.map((file) => statSync(file).mtimeMs));
  return built > Math.max(own, ...sources.map(newest));
}

/**
 * Writes the bundles, unless they are newer than the sources.
 *
 * @param esbuild - the module `esbuild`.
 * @param dist - folder of the compiled client; the bundles go to its `browser`.
 * @param modules - the `node_modules` that has eventemitter3.
 */
export async function bundleClient(esbuild, dist, modules) {
  const outdir = `${dist}/browser`;
  if (isCurrent(outdir, [...Object.keys(entries), ...Object.keys(scripts)])) return;
  rmSync(outdir, { recursive: true, force: true });
  const options = {
    ...common,
    alias: {
      'p-queue': queue,
      // Its own build as a module: the other one is CommonJS, and wrapped at some cost.
      eventemitter3: join(modules, 'eventemitter3', 'dist', 'eventemitter3.esm.js'),
    },
  };
  const entryPoints = Object.entries(entries).map(([out, source]) => ({ out, in: `${dist}/${source}.js` }));
  await esbuild.build({ ...options, entryPoints, outdir, format: 'esm' });
  for (const [name, exports] of Object.entries(scripts)) {
    const imports = exports.map(([from, names]) => `import { ${names} } from './${from}.js';`);
    const all = exports.map(([, names]) => names).join(', ');
    await esbuild.build({
      ...options,
      stdin: { contents: `${imports.join('\n')}\nglobalThis.CometKit = { ${all} };`, resolveDir: dist },
      outfile: `${outdir}/${name}.js`,
      format: 'iife',
    });
  }
}

/** Copies the modules to the package that re-exports all others. Their maps stay where they are. */
function copyModules(from, to) {
  mkdirSync(to, { recursive: true });
  for (const name of ['cometkit.js', 'transports.js', 'shared.js', 'presence.js', 'handle.js']) {
    const text = readFileSync(join(from, name), 'utf8').replace(/^\/\/# sourceMappingURL=.*\n?/m, '');
    writeFileSync(join(to, name), text);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const dist = join(root, 'packages', 'client', 'dist');
  await bundleClient(await import('esbuild'), dist, join(root, 'node_modules'));
  copyModules(join(dist, 'browser'), join(root, 'packages', 'cometkit', 'dist', 'browser'));
}
