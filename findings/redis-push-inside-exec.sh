#!/usr/bin/env bash
# redis-server 7.0.15 (Debian 12), RESP3.
#
# With RESP3 one connection can subscribe and go on with commands: messages come as push frames (`>`). It subscribes to a
# channel and then publishes to it, once by itself and once in a transaction, so that the event and the state change are
# one step.
# Expected: the message before or after the answer. The RESP3 specification: push data may appear before or after any of
#   the other types, "but never inside them".
# Seen: so it is for a bare PUBLISH. In a transaction the push frame stands inside the array that EXEC answers: `*2`
#   announces two elements, and then come three values, of which the first is no answer. Who reads the array by its
#   count takes the message for the answer to PUBLISH, and the last element is left for the next command.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'redis-server=5:7.0.15*' 'redis-tools=5:7.0.15*' libatomic1 libjemalloc2 liblzf1 &&
  for package in *.deb; do dpkg -x "$package" .; done) > apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find . -name 'liblzf.so.1')")
export LD_LIBRARY_PATH

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { connect } from 'node:net';

// A socket file instead of a port: nobody else can be there.
const args = ['--port', '0', '--unixsocket', 'redis.sock', '--save', ''];
const server = spawn('usr/bin/redis-server', args, { stdio: 'ignore' });
process.on('exit', () => server.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function open() {
  for (let tries = 0; tries < 100; tries += 1) {
    const socket = connect('redis.sock');
    const opened = new Promise((resolve) => socket.once('connect', () => resolve(true)).once('error', () => resolve(false)));
    if (await opened) return socket;
    await sleep(100);
  }
  console.log('redis-server did not start');
  process.exit(2);
}

const socket = await open();
let text = '';
socket.on('data', (bytes) => {
  text += bytes;
});

// Sends commands and answers all that comes within half a second, in one line.
async function ask(...commands) {
  text = '';
  socket.write(commands.map((command) => `${command}\r\n`).join(''));
  await sleep(500);
  return text.trim().replaceAll('\r\n', ' ');
}

await ask('HELLO 3', 'SUBSCRIBE news', 'SET state 7');
const bare = await ask('PUBLISH news one');
const transaction = await ask('MULTI', 'PUBLISH news two', 'GET state', 'EXEC');
console.log('PUBLISH:', bare);
console.log('MULTI, PUBLISH, GET, EXEC:', transaction);
const message = (word) => `>3 $7 message $4 news $3 ${word}`;
const same =
  [`${message('one')} :1`, `:1 ${message('one')}`].includes(bare) &&
  transaction === `+OK +QUEUED +QUEUED *2 ${message('two')} :1 $1 7`;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/bin/redis-server --version
timeout 60 node run.mjs
