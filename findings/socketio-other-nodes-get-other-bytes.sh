#!/usr/bin/env bash
# socket.io 4.8.4 with @socket.io/redis-adapter 8.3.0 and @socket.io/redis-streams-adapter 0.3.1, redis 6.3.1, redis-server 7.0.15 (Debian 12).
#
# One node broadcasts an event with binary data. Socket.IO takes Buffer, ArrayBuffer and typed arrays; the rest is what JSON makes of it.
# Expected: the clients of all nodes get the same event.
# Seen: each adapter has its own encoding between nodes. With redis-adapter a typed array whose elements are wider than a byte arrives on other nodes
#   as one byte for each element: [19.5] as Float32Array becomes the single byte 0x13, a DataView becomes nothing. With redis-streams-adapter
#   an ArrayBuffer becomes `{}`; beside a Buffer, `toJSON` is not asked and `undefined` becomes null; and an object that has a function as a
#   property does not arrive on other nodes at all. No error anywhere. With one node, in a test, all is well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'redis-server=5:7.0.15*' 'redis-tools=5:7.0.15*' libatomic1 libjemalloc2 liblzf1 &&
  for package in *.deb; do dpkg -x "$package" .; done) > apt.log 2>&1 || { cat apt.log; exit 2; }
LD_LIBRARY_PATH=$(dirname "$(find . -name 'liblzf.so.1')")
export LD_LIBRARY_PATH
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4 \
  @socket.io/redis-adapter@8.3.0 @socket.io/redis-streams-adapter@0.3.1 redis@6.3.1 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createAdapter } from '@socket.io/redis-adapter';
import { createAdapter as createStreamsAdapter } from '@socket.io/redis-streams-adapter';
import { createClient } from 'redis';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

// A socket file instead of a port: nobody else can be there.
const redis = spawn('usr/bin/redis-server', ['--port', '0', '--unixsocket', 'redis.sock', '--save', ''], { stdio: 'ignore' });
process.on('exit', () => redis.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function connect() {
  const client = createClient({ socket: { path: 'redis.sock' } });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function startNode(adapter) {
  const http = createServer();
  const server = new Server(http, { adapter });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const client = io(`http://127.0.0.1:${http.address().port}`);
  await once(client, 'connect');
  return { server, client };
}

// Buffers as hexadecimal digits in angle brackets.
const show = (value) =>
  JSON.stringify(value, (_, part) => (part?.type === 'Buffer' ? `<${Buffer.from(part.data).toString('hex')}>` : part));
class Price {
  amount = 5;
  toJSON() {
    return '5 EUR';
  }
}
const bytes = () => Buffer.from('hi');
const values = {
  Uint8Array: new Uint8Array([1, 2]),
  Float32Array: new Float32Array([19.5]),
  DataView: new DataView(new Uint8Array([1, 2]).buffer),
  ArrayBuffer: new Uint8Array([1, 2]).buffer,
  'Buffer beside undefined': { bytes: bytes(), note: undefined },
  'Buffer beside toJSON': { bytes: bytes(), price: new Price() },
  'Buffer beside a function': { bytes: bytes(), price: { amount: 5, format() {} } },
};
const sent = {
  Uint8Array: '<0102>',
  Float32Array: '<00009c41>',
  DataView: '<0102>',
  ArrayBuffer: '<0102>',
  'Buffer beside undefined': { bytes: '<6869>' },
  'Buffer beside toJSON': { bytes: '<6869>', price: '5 EUR' },
  'Buffer beside a function': { bytes: '<6869>', price: { amount: 5 } },
};
const found = {
  'redis-adapter': { ...sent, Float32Array: '<13>', DataView: '<>' },
  'redis-streams-adapter': {
    ...sent,
    ArrayBuffer: {},
    'Buffer beside undefined': { bytes: '<6869>', note: null },
    'Buffer beside toJSON': { bytes: '<6869>', price: { amount: 5 } },
    'Buffer beside a function': 'nothing',
  },
};

async function run(name, makeAdapter) {
  const here = await startNode(await makeAdapter());
  const there = await startNode(await makeAdapter());
  await pause(1000);
  let agrees = true;
  for (const [kind, value] of Object.entries(values)) {
    const nothing = pause(1000).then(() => 'nothing');
    const got = [here, there].map(({ client }) => Promise.race([once(client, kind).then(([event]) => event), nothing]));
    here.server.emit(kind, value);
    const [own, other] = (await Promise.all(got)).map(show);
    console.log(`${name}, ${kind}: ${own === other ? `both ${own}` : `own node ${own}, other node ${other}`}`);
    agrees &&= own === JSON.stringify(sent[kind]) && other === JSON.stringify(found[name][kind]);
  }
  return agrees;
}

while (!(await connect().then((client) => client.close().then(() => true), () => false))) await pause(100);
const plain = await run('redis-adapter', async () => createAdapter(await connect(), await connect()));
const streams = await run('redis-streams-adapter', async () => createStreamsAdapter(await connect()));
console.log(plain && streams ? 'as found' : 'CHANGED');
process.exit(plain && streams ? 0 : 1);
JS
usr/bin/redis-server --version
timeout 60 node --no-warnings run.mjs
