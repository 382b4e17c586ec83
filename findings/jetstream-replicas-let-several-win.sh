#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12) with @nats-io/transport-node and @nats-io/kv 3.4.0.
#
# Six writers put a new value under one key of a key-value bucket at the same time, each on the condition that the key still has the revision
# that all of them have read; a hundred times. The bucket lies on one server of a cluster of three, then on all three.
# Expected: one of the six wins each time, the others are told `wrong last sequence`. That is what the condition is for.
# Seen: with one replica it is so. With three, more than one writer is told that it has won, nearly every time, up to all six, each with a revision of its own: a
#   lock, a claim or "the first one does it" that was tried on one server is held by several at once where the operator asked for more safety.
#   Each revision was there, and the last one stays. (2.10.27 and 2.15.1 let one win; 2.15.1 refuses some of the others with another code.)
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nats-server=2.9.10*' && dpkg -x nats-server_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 @nats-io/kv@3.4.0 ||
  { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const rounds = 100;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const names = ['one', 'two', 'three'];
const servers = [];
process.on('exit', () => servers.forEach((server) => server.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function tried(work) {
  for (let tries = 0; tries < 150; tries += 1) {
    const value = await work().catch(() => undefined);
    if (value !== undefined) return value;
    await sleep(200);
  }
  console.log('the servers do not come up');
  process.exit(2);
}

const ports = await Promise.all(names.map(freePort));
const between = await Promise.all(names.map(freePort));
const routes = between.map((port) => `nats://127.0.0.1:${port}`).join(', ');
names.forEach((name, index) => {
  const cluster = `cluster { name: c, listen: "127.0.0.1:${between[index]}", routes: [${routes}] }`;
  const lines = [`listen: "127.0.0.1:${ports[index]}"`, `server_name: ${name}`, `jetstream { store_dir: "${name}" }`, cluster];
  writeFileSync(`${name}.conf`, lines.join('\n'));
  servers.push(spawn('usr/sbin/nats-server', ['-c', `${name}.conf`], { stdio: 'ignore' }));
});
const connections = [];
for (const port of ports) connections.push(await tried(() => connect({ servers: `127.0.0.1:${port}` })));

async function race(replicas) {
  const name = `on${replicas}`;
  const open = async (connection) => new Kvm(connection).create(name, { replicas, history: 1, allow_direct: false });
  const buckets = [];
  for (const connection of connections) buckets.push(await tried(() => open(connection)));
  await tried(() => buckets[0].put('begin', '1'));
  const winners = new Map();
  for (let round = 0; round < rounds; round += 1) {
    const previousSeq = await buckets[0].put(`key${round}`, 'free');
    const writers = [...buckets, ...buckets].map((bucket, writer) =>
      bucket.put(`key${round}`, `writer ${writer}`, { previousSeq }).then(() => 1, () => 0),
    );
    const won = (await Promise.all(writers)).reduce((sum, one) => sum + one);
    winners.set(won, (winners.get(won) ?? 0) + 1);
  }
  const text = [...winners].sort(([a], [b]) => a - b).map(([won, times]) => `${won} won ${times} times`);
  console.log(`replicas ${replicas}, six writers with one revision: ${text.join(', ')}`);
  return winners;
}

const alone = await race(1);
const three = await race(3);
const several = [...three].reduce((sum, [won, times]) => sum + (won > 1 ? times : 0), 0);
if (alone.get(1) !== rounds || several < rounds / 10) {
  console.log('CHANGED');
  process.exit(1);
}
console.log('as described');
process.exit(0);
JS
node run.mjs
