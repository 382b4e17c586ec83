#!/usr/bin/env bash
# nchan 1.3.6 in nginx 1.22.1 (Debian 12), a push server that keeps the last messages of a channel for those who come back.
#
# An EventSource comes back with a Last-Event-ID; of what was published since, the buffer has let go of a part.
# Expected: to be told, by a status or an event, that messages are missing, so that a page can load what it has missed. Every answer
#   carries ids from which the server could know it.
# Seen: the answer is a 200 like any other and begins with the oldest message that is left. Nothing tells it from a resume without a loss;
#   a long poll (`If-Modified-Since`, `If-None-Match`) gets 200 and that message, too.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'nginx=1.22.1*' 'libnginx-mod-nchan=1:1.3.6*' && for package in *.deb; do dpkg -x "$package" .; done) > apt.log 2>&1 ||
  { cat apt.log; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';

const started = [];
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const found = server.address().port;
    server.close(() => resolve(found));
  });
});
const here = process.cwd();
mkdirSync('temp');
const temp = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${here}/temp;`).join(' ');
writeFileSync('nginx.conf', `
load_module ${here}/usr/lib/nginx/modules/ngx_nchan_module.so;
daemon off; worker_processes 1; pid ${here}/pid; error_log ${here}/error.log;
events {}
http { access_log off; ${temp}
  server { listen 127.0.0.1:${port};
    location /pub { nchan_publisher; nchan_channel_id a; nchan_message_buffer_length 2; nchan_message_timeout 10m; }
    location /sub { nchan_subscriber; nchan_channel_id a; }
  }
}`);
started.push(spawn('usr/sbin/nginx', ['-c', `${here}/nginx.conf`, '-e', `${here}/error.log`], { stdio: 'inherit' }));
const url = `http://127.0.0.1:${port}`;
for (let tries = 0; tries < 100; tries += 1) {
  if (await fetch(url).then(() => true, () => false)) break;
  await sleep(50);
}

/** What a subscriber gets within a second. */
async function listen(headers) {
  const ending = new AbortController();
  let text = '';
  const response = await fetch(`${url}/sub`, { headers: { Accept: 'text/event-stream', ...headers }, signal: ending.signal });
  const reading = (async () => {
    for await (const piece of response.body) text += Buffer.from(piece).toString();
  })().catch(() => {});
  return { status: response.status, end: async () => (await sleep(1000), ending.abort(), await reading, text) };
}
const publish = (word) => fetch(`${url}/pub`, { method: 'POST', body: word });
const words = (text) => [...text.matchAll(/^data: (.*)$/gm)].map(([, word]) => word).join(' ');

const first = await listen({});
await publish('one');
const text = await first.end();
const id = /^id: (.*)$/m.exec(text)[1];
for (const word of ['two', 'three', 'four', 'five', 'six']) await publish(word);
const again = await listen({ 'Last-Event-ID': id });
const rest = await again.end();
const others = rest.split('\n').filter((line) => line !== '' && !/^(id|data):|^: hi$/.test(line));
const [seconds, tag] = id.split(':');
const poll = await fetch(`${url}/sub`, {
  headers: { 'If-Modified-Since': new Date(seconds * 1000).toUTCString(), 'If-None-Match': tag },
});
const line = `${words(text)}; came back: ${again.status} ${words(rest)}, ${others.length} other lines; polled: ${poll.status} ${await poll.text()}`;
console.log(line);
const same = line === 'one; came back: 200 five six, 0 other lines; polled: 200 five';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node --no-warnings run.mjs
