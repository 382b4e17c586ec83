#!/usr/bin/env bash
# @nats-io/kv 3.4.0 with @nats-io/transport-node 3.4.0 and nats-server 2.9.10 (Debian 12).
#
# A watch of a bucket first tells the values that are there, then what changes; each entry has a field `isUpdate`. A server loads its
# state from the first ones, and tells its clients of the others.
# Expected: `isUpdate` is false for every value that was there, and true for what came after the watch began.
# Seen: the last of the values that were there has `isUpdate: true`, whatever their number; in a bucket with one key its only value has. So
#   at every start one old value is told as news, the one that was written last, and a state that is made of what is no update lacks it.
#   In a bucket without keys the first `isUpdate` is one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nats-server=2.9.10*' && dpkg -x nats-server_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nats-io/transport-node@3.4.0 @nats-io/kv@3.4.0 ||
  { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Kvm } from '@nats-io/kv';
import { connect } from '@nats-io/transport-node';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const args = ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', 'store', '--ports_file_dir', '.'];
const server = spawn('usr/sbin/nats-server', args, { stdio: 'ignore' });
process.on('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));

let address;
while (address === undefined) {
  await sleep(100);
  try {
    [address] = JSON.parse(readFileSync(`nats-server_${server.pid}.ports`, 'utf8')).nats;
  } catch {}
}
const connection = await connect({ servers: address });

async function watch(keys) {
  const bucket = await new Kvm(connection).create(`keys-${keys.length}`);
  for (const key of keys) await bucket.put(key, 'old');
  const seen = [];
  const entries = await bucket.watch();
  const reading = (async () => {
    for await (const { key, isUpdate } of entries) seen.push(`${key} ${isUpdate ? 'update' : 'old'}`);
  })();
  // Only once everything old has come is anything written.
  for (let waited = 0; seen.length < keys.length && waited < 5000; waited += 20) await sleep(20);
  await sleep(500);
  await bucket.put('new', 'new');
  for (let waited = 0; !seen.at(-1)?.startsWith('new') && waited < 5000; waited += 20) await sleep(20);
  entries.stop();
  await reading;
  return seen.join(', ');
}

const found = {
  '': 'new update',
  a: 'a update, new update',
  'a b': 'a old, b update, new update',
  'a b c': 'a old, b old, c update, new update',
};
let same = true;
for (const [keys, line] of Object.entries(found)) {
  const seen = await watch(keys.split(' ').filter(Boolean));
  console.log(`there before the watch: ${keys || 'nothing'}; told: ${seen}`);
  same &&= seen === line;
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nats-server --version
timeout 60 node run.mjs
