#!/usr/bin/env bash
# express-sse 1.0.0.
#
# `new SSE([state])` names the initial values of a stream. Three clients come one after the other.
# Expected: each gets the state once, when it comes.
# Seen: whoever comes makes the server send the state to everybody who is there: the first has it three times. And each connection counts
#   for itself, so that one and the same event has another `id` with each client: what a client names when it comes back says
#   nothing.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts express-sse@1.0.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import * as packed from 'express-sse';

const SSE = packed.default.default ?? packed.default;
const sse = new SSE(['state']);
const server = createServer((request, response) => sse.init(request, response));
await once(server.listen(0, '127.0.0.1'), 'listening');

const settle = () => new Promise((resolve) => setTimeout(resolve, 200));
const texts = ['', '', ''];
for (const index of texts.keys()) {
  const { body } = await fetch(`http://127.0.0.1:${server.address().port}/`);
  void (async () => {
    for await (const piece of body) texts[index] += Buffer.from(piece);
  })();
  await settle();
}
sse.send('news');
await settle();
const seen = texts.map((text) => {
  const states = text.split('"state"').length - 1;
  return `state ${states} times, news as ${/id: (\d+)\ndata: "news"/.exec(text)[1]}`;
});
for (const [index, text] of seen.entries()) console.log(`client ${index + 1}: ${text}`);
const same = seen.join() === 'state 3 times, news as 3,state 2 times, news as 2,state 1 times, news as 1';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 30 node run.mjs
