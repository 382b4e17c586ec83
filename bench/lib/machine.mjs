// What a figure was measured on.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

const require = createRequire(import.meta.url);

function versionOf(name) {
  const manifest = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return existsSync(manifest) ? JSON.parse(readFileSync(manifest, 'utf8')).version : undefined;
}

/** The machine, without its name. */
export function machine() {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release().split('.').slice(0, 2).join('.')}`,
    loadAtStart: Number(loadavg()[0].toFixed(2)),
  };
}

/** The versions of what was measured; `peers` are names of packages of bench/. */
export function versions(peers = []) {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const found = peers.map((name) => [
    name,
    versionOf(name, new URL('../package.json', import.meta.url).href),
  ]);
  return {
    node: process.versions.node,
    cometkit: version,
    express: require('express/package.json').version,
    ...Object.fromEntries(found.filter(([, known]) => known)),
  };
}
