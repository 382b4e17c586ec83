#!/usr/bin/env bash
# @trpc/server and @trpc/client 11.25.2, httpSubscriptionLink with eventsource 4.1.1, wsLink with ws 8.23.0.
#
# A subscription yields tracked(id, data), which gives each event an id for coming back. Its input is the name of a room, or a list of rooms.
# Expected: after a cut the procedure is told the last id, as it is when the input is an object: EventSource itself names it in a header.
# Seen: the id is told as a property of the input, and where the input is a string or an array there is no place for it: it is dropped
#   without a word, over both links, though the request of EventSource carries it. The procedure begins anew after every cut and the
#   client is given the same events again, or misses what fell between, depending on where the procedure begins.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts --legacy-peer-deps @trpc/server@11.25.2 @trpc/client@11.25.2 eventsource@4.1.1 \
  ws@8.23.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createTRPCClient, createWSClient, httpSubscriptionLink, wsLink } from '@trpc/client';
import { initTRPC, tracked } from '@trpc/server';
import { createHTTPServer } from '@trpc/server/adapters/standalone';
import { applyWSSHandler } from '@trpc/server/adapters/ws';
import { EventSource } from 'eventsource';
import { WebSocket, WebSocketServer } from 'ws';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sockets = new Set();
const headers = [];
let runs = 0;

// Two events behind the place that it is told; the first connection is cut behind them.
async function* follow({ input, signal }) {
  runs += 1;
  const from = Number(input?.lastEventId ?? 0);
  for (const id of [from + 1, from + 2]) yield tracked(String(id), `event ${id}`);
  if (runs === 1) {
    await pause(200);
    for (const socket of sockets) socket.destroy();
  }
  if (!signal.aborted) await once(signal, 'abort');
}
const trpc = initTRPC.create();
const router = trpc.router({ follow: trpc.procedure.input((value) => value).subscription(follow) });
const server = createHTTPServer({ router });
server.on('connection', (socket) => sockets.add(socket));
server.on('request', (request) => headers.push(request.headers['last-event-id']));
applyWSSHandler({ wss: new WebSocketServer({ server }), router });
await once(server.listen(0, '127.0.0.1'), 'listening');
const { port } = server.address();

const links = {
  httpSubscriptionLink: () => httpSubscriptionLink({ url: `http://127.0.0.1:${port}`, EventSource }),
  wsLink: () => wsLink({ client: createWSClient({ url: `ws://127.0.0.1:${port}`, WebSocket, retryDelayMs: () => 50 }) }),
};
const inputs = { 'an object': { room: 'a' }, 'a string': 'room a', 'an array': ['room a', 'room b'] };

let same = true;
for (const [link, makeLink] of Object.entries(links))
  for (const [kind, input] of Object.entries(inputs)) {
    runs = 0;
    headers.length = 0;
    const got = [];
    const subscription = createTRPCClient({ links: [makeLink()] }).follow.subscribe(input, {
      onData: ({ data }) => got.push(data),
    });
    for (let waited = 0; got.length < 4 && waited < 10_000; waited += 20) await pause(20);
    subscription.unsubscribe();
    const named = link === 'wsLink' ? '' : `; header of the second request: ${headers[1]}`;
    console.log(`${link}, input is ${kind}: ${got.join(', ')}${named}`);
    const [third, fourth] = kind === 'an object' ? [3, 4] : [1, 2];
    same &&= got.join() === `event 1,event 2,event ${third},event ${fourth}` && (link === 'wsLink' || headers[1] === '2');
  }
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node --no-warnings run.mjs
