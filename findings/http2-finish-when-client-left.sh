#!/usr/bin/env bash
# Node 20 to 26 (found with 20.20.2, 22.23.5, 24.22.3 and 26.12.1; here the version that runs the script), node:http and node:http2.
#
# A held poll or a stream of events is open, the server has not called `end`, and the client goes away. Who counts answers that were
# handed over, writes an access log or confirms a delivery listens to 'finish' for the one case and to 'close' for the other.
# Expected: 'close' alone, and `writableFinished` false, as node:http has it.
# Seen: the response of HTTP/2 emits 'finish' before 'close', for a stream that was reset and for a connection that was cut, held
#   answers without a head included, and says `writableFinished: true`, `writableEnded: false`: finished, and never ended. What
#   tells is `writableEnded` beside it, or `stream.rstCode`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > run.mjs <<'JS'
import { once } from 'node:events';
import http from 'node:http';
import http2 from 'node:http2';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const { NGHTTP2_CANCEL } = http2.constants;

const leave = {
  'HTTP/1.1, cut': async (url, streams) => {
    const request = http.get(url);
    request.on('error', () => {});
    if (streams) (await once(request, 'response'))[0].on('error', () => {}).resume();
    await pause(100);
    request.destroy();
  },
  'HTTP/2, stream reset': async (url, streams) => {
    const [, stream] = await ask(url, streams);
    stream.close(NGHTTP2_CANCEL);
  },
  'HTTP/2, cut': async (url, streams) => {
    const [client] = await ask(url, streams);
    client.destroy();
  },
};

async function ask(url, streams) {
  const client = http2.connect(url);
  client.on('error', () => {});
  const stream = client.request({ ':path': '/' });
  stream.on('error', () => {}).resume();
  if (streams) await once(stream, 'response');
  await pause(100);
  return [client, stream];
}

// Neither of the two kinds of answer is ever ended.
async function told(name, streams) {
  const events = [];
  const { createServer } = name.startsWith('HTTP/2') ? http2 : http;
  const server = createServer((_, response) => {
    for (const event of ['finish', 'close']) response.on(event, () => events.push(event));
    response.on('close', () => events.push(`finished ${response.writableFinished}, ended ${response.writableEnded}`));
    if (streams) response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: one\n\n');
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  await leave[name](`http://127.0.0.1:${server.address().port}/`, streams);
  for (let waited = 0; !events.includes('close') && waited < 5000; waited += 20) await pause(20);
  await pause(100);
  return events.join(', ');
}

let same = true;
console.log(process.version);
for (const name of Object.keys(leave))
  for (const streams of [true, false]) {
    const line = await told(name, streams);
    console.log(`${name}, ${streams ? 'stream' : 'held poll'}: ${line}`);
    const found = name.startsWith('HTTP/2') ? 'finish, close, finished true, ended false' : 'close, finished false, ended false';
    same &&= line === found;
  }
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
