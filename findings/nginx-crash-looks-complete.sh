#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12) in front of Node.js.
#
# The process of a server is killed in the middle of a chunked answer: an endless stream, or an export in lines of JSON.
# Expected: the client sees a broken answer, as it does without nginx ("terminated", an incomplete chunked body).
# Seen: with the default settings the answer ends well. nginx speaks HTTP/1.0 to the server, which then marks the end by
#   closing the connection, as the kernel does for a process that was killed; nginx adds the last chunk to what it has and
#   so vouches for its completeness. With `proxy_http_version 1.1` the same crash is an error. Who adds that line for the
#   sake of keep-alive connections or WebSocket also changes what "complete" means.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nginx=1.22.1*' && dpkg -x nginx_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const origin = `require('http').createServer((request, response) => {
  for (const n of [1, 2, 3]) response.write(JSON.stringify({ n }) + '\\n');
}).listen(0, '127.0.0.1', function () { console.log(this.address().port); });`;

async function startOrigin() {
  const child = spawn(process.execPath, ['-e', origin]);
  started.push(child);
  return { child, port: Number(await new Promise((resolve) => child.stdout.once('data', resolve))) };
}

function freePort() {
  const server = createServer();
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startNginx(name, target, setting) {
  const port = await freePort();
  mkdirSync(name);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${what};`);
  writeFileSync(
    `${name}/nginx.conf`,
    `daemon off; master_process off; pid nginx.pid; error_log error.log; events {} http { access_log off; ${places.join(' ')}
     server { listen 127.0.0.1:${port}; location / {
       proxy_pass http://127.0.0.1:${target}; proxy_buffering off; ${setting} } } }`,
  );
  const prefix = `${process.cwd()}/${name}/`;
  started.push(spawn('usr/sbin/nginx', ['-p', prefix, '-c', `${prefix}nginx.conf`, '-e', 'error.log']));
  await sleep(1000);
  return port;
}

async function readAndCrash(name, setting) {
  const { child, port } = await startOrigin();
  const through = setting === undefined ? port : await startNginx(name, port, setting);
  const response = await fetch(`http://127.0.0.1:${through}/`);
  setTimeout(() => child.kill('SIGKILL'), 500);
  return response.text().then((text) => `complete, ${text.trim().split('\n').length} lines`, () => 'broken off');
}

const seen = {
  'without nginx': await readAndCrash('bare'),
  'nginx, default': await readAndCrash('default', ''),
  'nginx, proxy_http_version 1.1': await readAndCrash('modern', 'proxy_http_version 1.1;'),
};
console.log('the server is killed after three lines of an answer that was to go on:');
console.log(seen);
const same = Object.values(seen).join('; ') === 'broken off; complete, 3 lines; broken off';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nginx -v
timeout 60 node run.mjs
