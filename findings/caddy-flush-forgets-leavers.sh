#!/usr/bin/env bash
# Caddy 2.6.2 (Debian 12) in front of Node.js.
#
# `flush_interval -1` in `reverse_proxy` is what guides tell to write for event streams and long polls.
# Expected: it is about flushing. A client that leaves is told to the server either way.
# Seen: with it, a stream that is silent and a held poll are never told that their client has gone: the server keeps them
#   until it writes, for a held poll until there is news. Without it, both are told at once, and events are flushed just
#   as soon, since Caddy does that by itself for text/event-stream and for what has no length.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
(apt-get download 'caddy=2.6.2*' && dpkg -x caddy_*.deb .) > apt.log 2>&1 || { cat apt.log; exit 2; }

cat > run.mjs <<'JS'
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

let caddy;
process.on('exit', () => caddy?.kill('SIGKILL'));
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(2));
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

const seen = {};
const server = createServer((request, response) => {
  seen[request.url] = 'never told';
  response.on('close', () => {
    seen[request.url] = 'told';
  });
  if (request.url.endsWith('poll')) return; // held, until there is news
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write('data: the first and the last for a while\n\n');
});
await once(server.listen(0, '127.0.0.1'), 'listening');

const probe = createTcpServer();
await once(probe.listen(0, '127.0.0.1'), 'listening');
const { port } = probe.address();
await once(probe.close(), 'close');

const target = `127.0.0.1:${server.address().port}`;
writeFileSync(
  'Caddyfile',
  `{
	admin off
	auto_https off
}
http://127.0.0.1:${port} {
	handle /flush/* {
		reverse_proxy ${target} {
			flush_interval -1
		}
	}
	handle {
		reverse_proxy ${target}
	}
}
`,
);
const env = { ...process.env, HOME: process.cwd(), XDG_CONFIG_HOME: process.cwd(), XDG_DATA_HOME: process.cwd() };
caddy = spawn('usr/bin/caddy', ['run', '--config', 'Caddyfile', '--adapter', 'caddyfile'], { env, stdio: 'ignore' });
const origin = `http://127.0.0.1:${port}`;
while (!(await fetch(`${origin}/default/ready-stream`).then((answer) => answer.body.cancel().then(() => true), () => false)))
  await sleep(100);

// Comes, waits a little for events, and leaves.
async function visit(path) {
  const leaving = new AbortController();
  const from = performance.now();
  const answer = fetch(origin + path, { signal: leaving.signal });
  if (path.endsWith('stream')) {
    await (await answer).body.getReader().read();
    console.log(`${path}: first event after ${Math.round(performance.now() - from)} ms`);
  }
  await sleep(500);
  leaving.abort();
  await answer.catch(() => {});
}

for (const path of ['/default/stream', '/default/poll', '/flush/stream', '/flush/poll']) await visit(path);
await sleep(5000);
delete seen['/default/ready-stream'];
console.log('five seconds after the clients left, the server was:', seen);
const same = Object.values(seen).join() === 'told,told,never told,never told';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
usr/bin/caddy version
timeout 60 node run.mjs
