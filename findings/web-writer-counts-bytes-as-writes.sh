#!/usr/bin/env bash
# Node 20.20.2 and 22.23.5, node:stream (here the version that runs the script); 24.22.3 and 26.12.1 do as expected.
#
# A server writes events by the writer of a web stream, Writable.toWeb(response), and awaits `writer.ready` before each, as web streams
# mean it. The reader of the response has stopped reading.
# Expected: `ready` waits once some 16 KB (64 KB in 22) wait, the high-water mark of the response.
# Seen: that number of bytes is taken for a number of writes: `ready` is there at once 16,384 times (65,536 times in 22) after the socket takes no
#   more, whatever their size. With events of 1 KB a slow reader costs 16 MB (64 MB) before its server is held up for the first time, and
#   what a server does for slow readers never happens. `desiredSize` says 16384 and means events.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { Writable } from 'node:stream';

const event = Buffer.from(`data: ${'x'.repeat(1000)}\n\n`);
const limit = 70_000;
const server = createServer();
await once(server.listen(0, '127.0.0.1'), 'listening');
const reader = connect(server.address().port, '127.0.0.1').pause();
reader.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
const [, response] = await once(server, 'request');

// First fill the sockets, so that only what waits in the process counts.
while (response.write(event) || (await Promise.race([once(response, 'drain'), new Promise((resolve) => setTimeout(resolve, 500, false))])));
const writer = Writable.toWeb(response).getWriter();
const desired = writer.desiredSize;
let writes = 0;
for (let ready = true; ready && writes < limit; ) {
  ready = await Promise.race([writer.ready.then(() => true), new Promise((resolve) => setTimeout(resolve, 1000, false))]);
  if (!ready) break;
  writer.write(event).catch(() => {});
  writes += 1;
}
console.log(`${process.version}: desiredSize ${desired}, held up after ${writes} events of 1 KB`);
const found = { 20: 16_384, 22: 65_536 }[Number.parseInt(process.versions.node, 10)];
if (found === undefined) {
  console.log('needs Node 20 or 22');
  process.exit(2);
}
const same = writes === found && desired === found;
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
