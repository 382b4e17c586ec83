#!/usr/bin/env bash
# nginx 1.22.1 (Debian 12) in front of two servers of Node.js.
#
# A long poll has no news for longer than `proxy_read_timeout` (60 s unless set, 2 s here). Both servers are well and answer everything else.
# Expected: that poll fails with 504, and nobody else notices.
# Seen: nginx sends the poll to the other server as well, so it is held twice, one after the other; then, for ten seconds, every request of
#   everybody gets 502 without being sent to any server. A time-out counts as a failure of the server, one failure takes it out for ten seconds
#   (`max_fails=1 fail_timeout=10s`), and after the second server none is left. With a single server in
#   the group, or with a stream whose head has been sent, nothing of the kind happens; `max_fails=0` on both servers mends the 502.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nginx=1.22.1*' && dpkg -x nginx_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const held = {};
async function startServer() {
  const server = createServer(({ url }, response) => {
    if (url.startsWith('/poll')) held[url] = (held[url] ?? 0) + 1;
    else if (url.startsWith('/stream')) {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' });
      response.write('data: one\n\n');
    } else response.end('well');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server.address().port;
}

async function freePort() {
  const probe = createTcpServer();
  await once(probe.listen(0, '127.0.0.1'), 'listening');
  const { port } = probe.address();
  await once(probe.close(), 'close');
  return port;
}

async function startNginx(name, servers, option) {
  const port = await freePort();
  mkdirSync(name);
  const places = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((what) => `${what}_temp_path ${what};`);
  const upstream = servers.map((server) => `server 127.0.0.1:${server}${option};`).join(' ');
  writeFileSync(
    `${name}/nginx.conf`,
    `daemon off; master_process off; pid nginx.pid; error_log error.log; events {} http { access_log off; ${places.join(' ')}
     upstream app { ${upstream} }
     server { listen 127.0.0.1:${port}; location / { proxy_pass http://app; proxy_read_timeout 2s; } } }`,
  );
  const prefix = `${process.cwd()}/${name}/`;
  started.push(spawn('usr/sbin/nginx', ['-p', prefix, '-c', `${prefix}nginx.conf`, '-e', 'error.log']));
  await sleep(1000);
  return `http://127.0.0.1:${port}`;
}

// One client waits at `path`; what do others get, each second from the end of its wait on?
async function othersBehind(name, path, servers, option = '') {
  const origin = await startNginx(name, servers, option);
  const before = (await fetch(`${origin}/`)).status;
  const answer = await fetch(origin + path);
  await answer.text().catch(() => {});
  const statuses = [];
  for (let second = 0; second < 6; second += 1) {
    statuses.push((await fetch(`${origin}/`)).status);
    await sleep(1000);
  }
  const line = `before ${before}; the client itself ${answer.status}, held ${held[path] ?? 0} times; then ${statuses.join(' ')}`;
  return `${name}: ${line}`;
}

const servers = [await startServer(), await startServer()];
const well = '200 200 200 200 200 200';
const seen = await Promise.all([
  othersBehind('two servers, poll', '/poll/1', servers),
  othersBehind('two servers, stream', '/stream', servers),
  othersBehind('one server, poll', '/poll/2', servers.slice(1)),
  othersBehind('two servers with max_fails=0, poll', '/poll/3', servers, ' max_fails=0'),
]);
console.log(seen.join('\n'));
const found = [
  'two servers, poll: before 200; the client itself 504, held 2 times; then 502 502 502 502 502 502',
  `two servers, stream: before 200; the client itself 200, held 0 times; then ${well}`,
  `one server, poll: before 200; the client itself 504, held 1 times; then ${well}`,
  `two servers with max_fails=0, poll: before 200; the client itself 504, held 2 times; then ${well}`,
];
const same = seen.join() === found.join();
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/sbin/nginx -v
timeout 60 node run.mjs
