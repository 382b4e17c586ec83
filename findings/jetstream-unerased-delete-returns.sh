#!/usr/bin/env bash
# nats-server 2.9.10 (Debian 12) with @nats-io/transport-node and @nats-io/jetstream 3.4.0.
#
# A message of a file stream is deleted without overwriting it (`no_erase`, the quick way); the server says `success`, and the stream has
# one message less. A second later the server is killed.
# Expected: what was deleted stays deleted, as it does when the message is erased, or the server is stopped with SIGTERM.
# Seen: the message is back, with its old sequence and text. Whoever deletes a token, a session or personal data that way has
#   been told that it is gone. After some five seconds the deletion is on the disk, and survives.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nats-server=2.9.10*' && dpkg -x nats-server_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nats-io/transport-node@3.4.0 @nats-io/jetstream@3.4.0 ||
  { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let server;
process.on('exit', () => server?.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));

async function start(store) {
  const args = ['-a', '127.0.0.1', '-p', '-1', '-js', '-sd', store, '--ports_file_dir', '.'];
  server = spawn('usr/sbin/nats-server', args, { stdio: 'ignore' });
  for (;;) {
    await sleep(100);
    try {
      const [address] = JSON.parse(readFileSync(`nats-server_${server.pid}.ports`, 'utf8')).nats;
      return await connect({ servers: address, reconnect: false });
    } catch {}
  }
}

async function stop(signal) {
  const ended = new Promise((resolve) => server.once('exit', resolve));
  server.kill(signal);
  await ended;
}

async function run(name, erase, signal, waitMs) {
  let connection = await start(name);
  let manager = await jetstreamManager(connection);
  await manager.streams.add({ name: 'S', subjects: ['s'], storage: 'file' });
  for (let number = 1; number <= 5; number += 1) await jetstream(connection).publish('s', `text ${number}`);
  const answer = await manager.streams.deleteMessage('S', 3, erase);
  const before = await manager.streams.getMessage('S', { seq: 3 });
  await sleep(waitMs);
  await stop(signal);
  connection = await start(name);
  manager = await jetstreamManager(connection);
  const after = await manager.streams.getMessage('S', { seq: 3 });
  console.log(`${name}: delete answers ${answer}, then ${before?.string()}; after ${signal}: ${after?.string()}`);
  await stop('SIGKILL');
  return after !== null;
}

const erased = await run('erased', true, 'SIGKILL', 1000);
const stopped = await run('stopped', false, 'SIGTERM', 1000);
const late = await run('late', false, 'SIGKILL', 10_000);
const returned = await run('quick', false, 'SIGKILL', 1000);
const same = returned && !erased && !stopped && !late;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nats-server --version
timeout 100 node run.mjs
