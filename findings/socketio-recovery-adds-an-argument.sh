#!/usr/bin/env bash
# socket.io 4.8.4 with socket.io-client 4.8.4.
#
# A handler with an optional acknowledgement, as the documentation shows it: `(data, callback) => callback?.('ok')`.
# Expected: `connectionStateRecovery`, an option of the server, changes what happens after a lost connection.
# Seen: it changes the arguments of every handler on every client at once: each event that wants no acknowledgement
#   arrives with a string more behind its own arguments, the offset for recovery. The handler above calls that string and
#   throws a TypeError; one that collects `...args` stores it; `onAny` shows it. Events that want an acknowledgement have
#   none. So a server's option breaks clients that nobody has touched.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4 ||
  { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

// The kinds of the arguments that a client's handler gets for `emit('event', 1)`, without and with an acknowledgement.
async function argumentsWith(options) {
  const http = createServer();
  const server = new Server(http, options);
  await once(http.listen(0, '127.0.0.1'), 'listening');
  const connected = once(server, 'connection');
  const client = io(`http://127.0.0.1:${http.address().port}`);
  const [socket] = await connected;
  const got = [];
  const both = new Promise((resolve) => {
    client.on('event', (...args) => {
      got.push(args.map((argument) => typeof argument).join(', '));
      if (got.length === 2) resolve();
    });
  });
  socket.emit('event', 1);
  socket.emit('event', 2, () => {});
  await both;
  client.disconnect();
  await server.close();
  return { plain: got[0], 'with acknowledgement': got[1] };
}

const without = await argumentsWith({});
const recovery = await argumentsWith({ connectionStateRecovery: {} });
console.log('kinds of the arguments that the client is given for one number:');
console.log({ 'option off': without, 'option on': recovery });
const same = without.plain === 'number' && recovery.plain === 'number, string';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
