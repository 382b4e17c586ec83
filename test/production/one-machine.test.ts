import { spawn } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { build } from '../../scripts/workspace.mjs';
import { block } from '../docs/blocks.ts';
import { skipsService } from '../support/skips-service.ts';
import { unusedPort } from '../support/unused-port.ts';

// Seven processes are started here, on a machine that others may be using.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 120_000 });

const guide = 'docs/guides/production.md';
const services = ['redis', 'haproxy', 'prometheus'];
const skipped = process.platform !== 'linux' || services.filter(skipsService).length > 0;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The programs of the guide under their own names, wherever they are. */
function path(): string {
  const named = services.map((name) => process.env[`${name.toUpperCase()}_PATH`] ?? '');
  return [...named.filter(Boolean).map(dirname), process.env['PATH']].join(delimiter);
}

/** What the guide says, with ports that are free here and with little patience. */
async function script(): Promise<string> {
  const [push, room, stats, engine, https, prometheus] = await Promise.all(
    Array.from({ length: 6 }, unusedPort),
  );
  const shown = (first: string): string =>
    block(guide, first)
      .text.replaceAll('8404', `${stats}`)
      .replaceAll('6390', `${engine}`)
      .replaceAll('8443', `${https}`)
      .replaceAll('127.0.0.1:9090', `127.0.0.1:${prometheus}`);
  const [files = '', programs = ''] = shown('export TRY=').split('\n\n');
  return `
trap 'kill $(jobs -p) 2>/dev/null; rm -rf $TRY' EXIT
${files}
sed -i 's/:3000/:${push}/; s/9464/${room}/g; s/127.0.0.1:8404/127.0.0.1:${stats}/; s/maxconn 30000/maxconn 1000/; s/ 5s/ 1s/' $TRY/haproxy.cfg $TRY/prometheus.yml
export PORT=${push} ROOM_PORT=${room} SETTLE_MS=1000 DRAIN_MS=500
${programs}
all() { until [ "$(curl -s 'http://127.0.0.1:${stats}/;csv' | grep -c '^nodes,node.,.*,UP,')" = 3 ]; do sleep 0.2; done; }
all
echo '== doctor'
${shown('export NODE_EXTRA_CA_CERTS')}
echo "code $?"
node_modules/.bin/cometkit listen https://localhost:${https}/push > $TRY/events 2> $TRY/said &
listener=$!
until grep -q open $TRY/said; do sleep 0.2; done
echo '== killed'
${shown('kill -9')}
all
echo '== deploy'
${shown('for n in 1 2 3')}
all
kill -INT $listener; wait $listener
echo '== listened'
cat $TRY/said
`;
}

/** Runs a script of bash in the root of the repository. @returns what it has printed, and its code. */
function bash(text: string): Promise<string> {
  const child = spawn('bash', ['-c', text], { cwd: root, env: { ...process.env, PATH: path() } });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      printed += chunk;
    });
  return new Promise((resolve) => child.on('close', (code) => resolve(`${printed}\n== code ${code}`)));
}

describe.skipIf(skipped)(guide, () => {
  beforeAll(() => {
    if (!build()) throw new Error('the packages do not build');
  });

  it('walks an operator through a proxy, three nodes, a node that is killed and a deploy, on one machine', async () => {
    const printed = await bash(await script());
    expect(printed).toMatch(/== doctor[\s\S]*\nall is well\ncode 0\n/);
    const [killed = ''] = /== killed[\s\S]*== deploy/.exec(printed) ?? [];
    expect(killed.match(/"value":\[[\d.]+,"[01]"\]/g)?.map((value) => value.at(-3))).toEqual(['1', '0', '1']);
    expect(printed).toMatch(/== listened[\s\S]*-- \d+ events, 0 gaps, /);
    expect(printed).toContain('== code 0');
  });
});
