#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12) with @nats-io/transport-node and @nats-io/kv 3.4.0.
#
# Presence with a bucket that has a time to live: each client puts its key again and again, everybody watches.
# Expected: the watch tells of a key that dies of its age, as it tells of one that is deleted or purged.
# Seen: it tells nothing. The key is gone for `get` and `keys` at once, and whoever watches believes in it for ever; one
#   who begins to watch later does not see it. Two watchers of one bucket disagree, and nothing ever makes them agree.
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
const bucket = await new Kvm(connection).create('presence', { ttl: 2000 });

async function watch() {
  const present = new Set();
  const told = [];
  const entries = await bucket.watch();
  (async () => {
    for await (const { key, operation } of entries) {
      told.push(`${operation} ${key}`);
      if (operation === 'PUT') present.add(key);
      else present.delete(key);
    }
  })();
  return { present, told };
}

const early = await watch();
await bucket.put('ada', 'here');
await bucket.put('grace', 'here');
await sleep(200);
await bucket.delete('grace');
await sleep(5000);
const late = await watch();
await sleep(500);

console.log('told to the early watcher:', early.told);
console.log('ada by get:', await bucket.get('ada'));
console.log('present to the early watcher:', [...early.present], 'to the late one:', [...late.present]);
const gone = (await bucket.get('ada')) === null;
const same = gone && [...early.present].join() === 'ada' && late.present.size === 0;
console.log(same ? 'as found' : 'CHANGED');
await connection.close();
process.exit(same ? 0 : 1);
JS
usr/sbin/nats-server --version
timeout 60 node run.mjs
