#!/usr/bin/env bash
# http-proxy 1.18.1, http-proxy-3 1.23.3 and http-proxy-middleware 3.0.11; beside them httpxy 0.5.6.
#
# A server behind a proxy in Node.js is killed or restarted while clients read a stream of events.
# Expected: the client's stream breaks off, as it does without the proxy, and an EventSource comes back.
# Seen: when the server's connection is closed, three of them leave the client's open, and nothing comes on it within 5 s: the client waits,
#   and no handler of the proxy is told. When it is reset, http-proxy-middleware writes a sentence of its own into the stream, as if it
#   were the server's, and ends the answer well. httpxy breaks it off both times. What helps is a heartbeat that the client looks for.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts http-proxy@1.18.1 http-proxy-3@1.23.3 \
  http-proxy-middleware@3.0.11 httpxy@0.5.6 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import httpProxy from 'http-proxy';
import httpProxy3 from 'http-proxy-3';
import { createProxyMiddleware } from 'http-proxy-middleware';
import { createProxyServer } from 'httpxy';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const streams = [];
const origin = createServer((request, response) => {
  streams.push(request.socket);
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: one\n\n');
});
await once(origin.listen(0, '127.0.0.1'), 'listening');
const target = `http://127.0.0.1:${origin.address().port}`;

const ignore = () => {};
const byProxy = (proxy) => {
  proxy.on('error', ignore);
  return (request, response) => void Promise.resolve(proxy.web(request, response)).catch(ignore);
};
const proxies = {
  'no proxy': undefined,
  'http-proxy 1.18.1': byProxy(httpProxy.createProxyServer({ target })),
  'http-proxy-3 1.23.3': byProxy(httpProxy3.createProxyServer({ target })),
  'http-proxy-middleware 3.0.11': createProxyMiddleware({ target }),
  'httpxy 0.5.6': byProxy(createProxyServer({ target })),
};

// What a reader is told within five seconds after the server's connection has gone.
async function read(url, cut) {
  const reader = (await fetch(url)).body.getReader();
  await reader.read();
  cut(streams.pop());
  let text = '';
  async function rest() {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return /^Error occurred/.test(text) ? 'a sentence and a good end' : 'a good end';
      text += Buffer.from(value);
    }
  }
  const told = rest().catch(() => 'broken off');
  return Promise.race([told, pause(5000).then(() => 'nothing')]);
}

const cuts = { closed: (socket) => socket.destroy(), reset: (socket) => socket.resetAndDestroy() };
const found = {
  'no proxy': 'broken off, broken off',
  'http-proxy 1.18.1': 'nothing, nothing',
  'http-proxy-3 1.23.3': 'nothing, nothing',
  'http-proxy-middleware 3.0.11': 'nothing, a sentence and a good end',
  'httpxy 0.5.6': 'broken off, broken off',
};
let same = true;
console.log('told to the client when the connection of the server is: closed, reset');
for (const [name, handler] of Object.entries(proxies)) {
  const server = handler && createServer(handler);
  if (server) await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = server ? `http://127.0.0.1:${server.address().port}/` : target;
  const told = [];
  for (const cut of Object.values(cuts)) told.push(await read(url, cut));
  console.log(`${name}: ${told.join(', ')}`);
  same &&= told.join(', ') === found[name];
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node --no-warnings run.mjs
