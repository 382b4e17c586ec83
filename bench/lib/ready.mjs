// Makes the chosen systems ready: builds our packages, installs the peers. What cannot be had is left out with a line.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bench = fileURLToPath(new URL('..', import.meta.url));

function build() {
  const compiler = fileURLToPath(new URL('../../node_modules/typescript/bin/tsc', import.meta.url));
  const { status, stdout } = spawnSync(process.execPath, [compiler, '-b'], { cwd: root, encoding: 'utf8' });
  return { built: status === 0, reason: stdout.trim().split('\n')[0] };
}

function isInstalled(name) {
  return existsSync(`${bench}node_modules/${name}/package.json`);
}

function installPeers(say) {
  if (!existsSync(`${bench}package-lock.json`)) return;
  say('Installing the peers (npm ci in bench) …');
  const { status } = spawnSync('npm', ['ci', '--prefix', bench, '--no-audit', '--no-fund'], {
    stdio: ['ignore', 'ignore', 'inherit'],
    shell: process.platform === 'win32',
  });
  if (status !== 0) say('npm ci failed; see above.');
}

/** The systems of a list that can be measured here. */
export async function makeReady(chosen, say) {
  if (chosen.some(({ group }) => group === 'ours')) {
    const { built, reason } = build();
    if (!built) say(`The packages do not build cleanly (${reason}); what was built is measured.`);
  }
  const peers = chosen.filter(({ peer }) => peer !== undefined);
  if (peers.some(({ peer }) => !isInstalled(peer))) installPeers(say);
  return chosen.filter((system) => {
    const missing =
      system.available?.() ?? (system.peer !== undefined && !isInstalled(system.peer) && 'not installed');
    if (missing) say(`${system.name} is left out: ${missing}.`);
    return !missing;
  });
}
