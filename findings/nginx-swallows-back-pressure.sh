#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12) in front of Node.js.
#
# A reader of an event stream stops reading; the server waits for `drain` whenever `write` says false, as it should, and
# may drop or join events for slow readers by that.
# Expected: the server is held up after some megabytes of socket buffers, as it is without nginx.
# Seen: with the default settings it is never held up: nginx takes 200 MB here and would take 1 GB for each such reader,
#   in a file (`proxy_max_temp_file_size` is 1024m). What a server does for slow readers never happens, and one that comes
#   back reads up to a gigabyte of the past first. Under 10 MB with `X-Accel-Buffering: no`, which is known as the cure
#   for late events and is the cure for this too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nginx=1.22.1*' && dpkg -x nginx_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';

let nginx;
process.on('exit', () => nginx?.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const limit = 200e6;
const event = `data: ${'x'.repeat(8000)}\n\n`;

// Writes until nobody takes any more for two seconds.
async function stream({ url }, response) {
  const cured = url === '/cured' ? { 'x-accel-buffering': 'no' } : {};
  response.writeHead(200, { 'content-type': 'text/event-stream', ...cured });
  let taken = 0;
  for (let held = false; !held && taken < limit; taken += event.length) {
    if (response.write(event)) continue;
    held = (await Promise.race([once(response, 'drain'), sleep(2000)])) === undefined;
  }
  server.emit('taken', response.destroyed ? Number.NaN : taken);
  response.destroy();
}

const server = createServer(stream);
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = server.address().port;

async function freePort() {
  const probe = createTcpServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const { port } = probe.address();
  await once(probe.close(), 'close');
  return port;
}

const port = await freePort();
const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${what};`);
writeFileSync(
  'nginx.conf',
  `daemon off; master_process off; pid nginx.pid; error_log error.log; events {} http { access_log off; ${places.join(' ')}
   server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${origin}; } } }`,
);
const prefix = `${process.cwd()}/`;
nginx = spawn('usr/sbin/nginx', ['-p', prefix, '-c', `${prefix}nginx.conf`, '-e', 'error.log']);
await sleep(1000);

// Asks, and never reads.
async function megabytesTaken(from, path) {
  const reader = connect(from, '127.0.0.1').pause();
  reader.on('error', () => {});
  reader.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  const [taken] = await once(server, 'taken');
  reader.destroy();
  return Math.round(taken / 1e6);
}

const bare = await megabytesTaken(origin, '/');
const through = await megabytesTaken(port, '/');
const cured = await megabytesTaken(port, '/cured');
console.log('megabytes that a reader takes which never reads, until the server is held up (at most 200):');
console.log({ bare, 'nginx, default': through, 'nginx, X-Accel-Buffering: no': cured });
const same = bare < 50 && through === 200 && cured < 50;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nginx -v
timeout 90 node run.mjs
