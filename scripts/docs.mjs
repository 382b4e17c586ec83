// `npm run docs` and `npm run docs:dev`: the documentation as a site, in .cache/docs/site. Its tools have a manifest of
// their own, docs/package.json, so that nobody who runs or tests CometKit installs them.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkFiles, checkSite } from './docs/links.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const docs = join(root, 'docs');
const site = join(root, '.cache', 'docs', 'site');
const modules = join(docs, 'node_modules');
const stampFile = join(modules, '.setup-stamp');

const tools = {
  typedoc: 'typedoc/bin/typedoc',
  vitepress: 'vitepress/bin/vitepress.js',
  cspell: 'cspell/bin.mjs',
};

/** Runs a tool of the documentation. @returns {Promise<void>} rejected when it fails. */
function run(tool, args, cwd = root) {
  const child = spawn(process.execPath, [join(modules, tools[tool]), ...args], { cwd, stdio: 'inherit' });
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

/** @throws Error - a link leads nowhere. */
function checkLinks() {
  const { links, faults } = checkSite(site);
  faults.push(...checkFiles(markdownOutsideDocs()));
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  process.stdout.write(`${links} links, ${faults.length} of them dead\n`);
  if (faults.length > 0) throw new Error('Links lead nowhere; see above.');
}

const spell = () => run('cspell', ['lint', '--config', 'docs/cspell.json', '--no-progress', '--dot']);
const jobs = {
  async build() {
    await Promise.all([run('typedoc', []), spell()]);
    await run('vitepress', ['build', '.'], docs);
    checkLinks();
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
