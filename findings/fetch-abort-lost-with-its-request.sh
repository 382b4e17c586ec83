#!/usr/bin/env bash
# Node 20 to 26 (found with 20.20.2, 22.23.5 and 26.12.1; here the version that runs the script), its fetch, and undici 7.30.2; with ky 1.14.3.
#
# A stream of events is read by fetch(new Request(url, { signal })), by hand or by a library that makes its requests so, and is to end by the
# signal: when somebody leaves, or after a time.
# Expected: the signal ends it, as it does with fetch(url, { signal }).
# Seen: only until the garbage is collected. The Request follows the signal it was given through a weak reference, and while the body is
#   still being read nobody holds the Request any more. After that the abort is heard by nobody: the read waits on, and the server keeps the
#   client for ever; AbortSignal.timeout() never ends it either. A short test never sees it, a stream of minutes always does. Whoever
#   keeps the Request as long as the stream, or hands the signal to fetch itself, is well. ky offers no such choice.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts ky@1.14.3 undici@7.30.2 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import ky from 'ky';
import * as undici from 'undici';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
let left = false;
const server = createServer((_, response) => {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  response.write('data: one\n\n');
  response.on('close', () => {
    left = true;
  });
});
await once(server.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${server.address().port}/`;

const kept = [];
const ways = {
  'fetch(url, { signal })': (signal) => fetch(url, { signal }),
  'fetch(new Request(url, { signal }))': (signal) => fetch(new Request(url, { signal })),
  'the same, and the request is kept': (signal) => {
    const request = new Request(url, { signal });
    kept.push(request);
    return fetch(request);
  },
  'the same by undici': (signal) => undici.fetch(new undici.Request(url, { signal })),
  'ky(url, { signal })': (signal) => ky(url, { signal, timeout: false }),
};

// Reads on after the first event; `collects` says whether the garbage is collected before the signal comes.
async function read(open, collects, timed) {
  left = false;
  const leaving = new AbortController();
  const signal = timed ? AbortSignal.timeout(1000) : leaving.signal;
  const reader = (await open(signal)).body.getReader();
  await reader.read();
  let told = 'nothing';
  reader.read().catch(({ name }) => {
    told = name;
  });
  for (let round = 0; collects && round < 5; round += 1) {
    globalThis.gc();
    await pause(20);
  }
  if (!timed) leaving.abort();
  for (let waited = 0; !left && waited < 2000; waited += 20) await pause(20);
  const line = `${told}, server ${left ? 'told' : 'not told'}`;
  await reader.cancel().catch(() => {});
  while (!left) await pause(20);
  return line;
}

const well = 'AbortError, server told; TimeoutError, server told';
const lost = 'nothing, server not told; nothing, server not told';
let same = true;
console.log(process.version, '(by a controller; by AbortSignal.timeout)');
for (const [name, open] of Object.entries(ways))
  for (const collects of [false, true]) {
    const line = `${await read(open, collects, false)}; ${await read(open, collects, true)}`;
    console.log(`${name}${collects ? ', garbage collected' : ''}: ${line}`);
    const safe = !collects || name === 'fetch(url, { signal })' || name.endsWith('kept');
    same &&= line === (safe ? well : lost);
  }
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node --expose-gc --no-warnings run.mjs
