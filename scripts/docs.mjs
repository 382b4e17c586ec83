// `npm run docs` and `npm run docs:dev`: the documentation as a site, in .cache/docs/site;
// `build --version X` puts it below /vX/ there. Its tools have a manifest of
// their own, docs/package.json, so that nobody who runs or tests CometKit installs them.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFiles, checkSite } from './docs/links.mjs';
import { replaceRoot, versionOf, writeVersions } from './docs/versions.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const docs = join(root, 'docs');
const site = process.env.DOCS_SITE ?? join(root, '.cache', 'docs', 'site');
const modules = join(docs, 'node_modules');
const stampFile = join(modules, '.setup-stamp');

const tools = {
  typedoc: 'typedoc/bin/typedoc',
  vitepress: 'vitepress/bin/vitepress.js',
  cspell: 'cspell/bin.mjs',
};

/** Runs a tool of the documentation. @returns {Promise<void>} rejected when it fails. */
function run(tool, args, cwd = root, env = {}) {
  const options = { cwd, stdio: /** @type {const} */ ('inherit'), env: { ...process.env, ...env } };
  const child = spawn(process.execPath, [join(modules, tools[tool]), ...args], options);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${tool} failed; see above.`))));
  });
}

function install() {
  const stamp = createHash('sha256')
    .update(readFileSync(join(docs, 'package-lock.json')))
    .digest('hex');
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  process.stderr.write('Installing what builds the documentation …\n');
  // Their install scripts only look for what is there already.
  const args = ['ci', '--ignore-scripts', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync('npm', args, {
    cwd: docs,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('npm could not install what builds the documentation; see above.');
  writeFileSync(stampFile, stamp);
}

function markdownOutsideDocs() {
  const args = ['ls-files', '--cached', '--others', '--exclude-standard', '*.md'];
  const listed = spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  // What lies among sources is text of a program; its links are meant for where it is copied from.
  return listed.filter((file) => !/^docs\/|\/src\//.test(file) && existsSync(join(root, file)));
}

/**
 * Builds the pages: of a version into its folder, the newest into the root.
 *
 * @returns {Promise<string>} the folder of what was built.
 */
async function buildPages(version) {
  const folder = version === undefined ? `${site}.new` : join(site, `v${version}`);
  rmSync(folder, { recursive: true, force: true });
  await run('vitepress', ['build', '.'], docs, { DOCS_OUT: folder, DOCS_VERSION: version ?? '' });
  const { version: newest } = JSON.parse(readFileSync(join(root, 'packages/cometkit/package.json'), 'utf8'));
  if (version === undefined) replaceRoot(site, folder);
  writeVersions(site, version === undefined ? newest : undefined);
  return version === undefined ? site : folder;
}

/** @throws Error - a link leads nowhere. */
function checkLinks(folder, base) {
  const { links, faults } = checkSite(folder, base);
  faults.push(...checkFiles(markdownOutsideDocs()));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`${links} links, ${faults.length} of them dead\n`);
  if (faults.length > 0) throw new Error('Links lead nowhere; see above.');
}

const spell = () => run('cspell', ['lint', '--config', 'docs/cspell.json', '--no-progress', '--dot']);
const jobs = {
  async build() {
    const version = versionOf(process.argv.slice(3));
    // A site of few pages is a test's.
    const few = Boolean(process.env.DOCS_FEW);
    if (!few) await Promise.all([run('typedoc', []), spell()]);
    const folder = await buildPages(version);
    if (few) return;
    checkLinks(folder, `${process.env.DOCS_BASE ?? '/'}${version === undefined ? '' : `v${version}/`}`);
    if (version !== undefined) return;
    const { checkBudget } = await import('./docs/budget.mjs');
    await checkBudget(site);
  },
  async dev() {
    if (!existsSync(join(docs, 'api'))) await run('typedoc', []);
    await run('vitepress', ['dev', '.'], docs);
  },
  spell,
};

const [job = 'build'] = process.argv.slice(2);
try {
  if (!Object.hasOwn(jobs, job))
    throw new Error(`Usage: node scripts/docs.mjs ${Object.keys(jobs).join('|')}`);
  install();
  await jobs[job]();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
