#!/usr/bin/env bash
# socket.io 4.8.4 with socket.io-client 4.8.4, connectionStateRecovery on.
#
# A client is away for 0.6 s. Meanwhile the server sends it three events, and asks for an acknowledgement of the second,
# because that one matters.
# Expected: after the way back, with `recovered` true, all three; or `recovered` false, so that the application reloads.
# Seen: `recovered` is true on both sides and the event with the acknowledgement alone is missing, between two that came.
#   Packets that wait for an acknowledgement are not kept for recovery: to ask for a receipt is what loses the event. The
#   sender is told after its own time-out, and without one never; the receiver is told that it missed nothing.
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

const http = createServer();
const server = new Server(http, { connectionStateRecovery: {} });
await once(http.listen(0, '127.0.0.1'), 'listening');
const connected = once(server, 'connection');
const client = io(`http://127.0.0.1:${http.address().port}`, {
  reconnectionDelay: 600,
  reconnectionDelayMax: 600,
  randomizationFactor: 0,
});
const got = [];
client.on('event', (n, acknowledge) => {
  got.push(n);
  // With recovery on, an event that wants none has a string there: see socketio-recovery-adds-an-argument.sh.
  if (typeof acknowledge === 'function') acknowledge();
});
const [socket] = await connected;

// While both are there, an acknowledged event is an event like others.
socket.emit('event', 1);
await socket.timeout(5000).emitWithAck('event', 2);

const left = once(socket, 'disconnect');
client.io.engine.close();
await left;
socket.emit('event', 3);
const receipt = socket.timeout(5000).emitWithAck('event', 4);
receipt.catch(() => {});
socket.emit('event', 5);
await once(client, 'connect');
const told = await receipt.then(() => 'acknowledged', (error) => error.message);

console.log(`recovered: ${client.recovered}; events 1 to 5 sent, 4 (and 2) with acknowledgement; got ${got}`);
console.log(`the sender of 4: ${told}`);
const same = client.recovered && `${got}` === '1,2,3,5' && /timed out/.test(told);
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
