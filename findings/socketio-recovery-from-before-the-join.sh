#!/usr/bin/env bash
# socket.io and socket.io-client 4.8.4.
#
# With `connectionStateRecovery` a client that is cut off for a moment gets what it missed. It has had all events so far; something was then said
# in a room, after that the server let the client join the room, and nothing more was said before the cut.
# Expected: it has missed nothing, so nothing comes: a client without the cut gets nothing either.
# Seen: it gets what was said in the room before it joined. What counts are the rooms of the moment of the cut, and the last event that the client had,
#   of whatever room. What helps is a message to everybody, or to that client, behind each join: its place lies after what was said before.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts socket.io@4.8.4 socket.io-client@4.8.4 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Server } from 'socket.io';
import { io } from 'socket.io-client';

const settle = (ms = 100) => new Promise((resolve) => setTimeout(resolve, ms));
const http = createServer();
const server = new Server(http, { connectionStateRecovery: {} });
await once(http.listen(0, '127.0.0.1'), 'listening');
const url = `http://127.0.0.1:${http.address().port}`;

async function come() {
  const client = io(url, { transports: ['websocket'], reconnectionDelay: 100, forceNew: true });
  const heard = [];
  client.on('said', (text) => heard.push(text));
  const [socket] = await once(server, 'connection');
  await settle();
  return { client, heard, socket };
}
const cut = await come();
const steady = await come();
const told = await come();
server.emit('said', 'to all');
await settle();
server.to('room').emit('said', 'before the join');
await settle();
for (const { socket } of [cut, steady, told]) socket.join('room');
told.socket.emit('said', 'welcome');
await settle();
for (const { client } of [cut, told]) client.io.engine.close();
await settle(1000);
console.log(`without a cut: ${steady.heard.join(', ')}`);
console.log(`recovered ${cut.client.recovered}: ${cut.heard.join(', ')}`);
console.log(`the same with a welcome behind the join: ${told.heard.join(', ')}`);
const same =
  cut.client.recovered && told.client.recovered && told.heard.join() === 'to all,welcome' && steady.heard.join() === 'to all' && cut.heard.join() === 'to all,before the join';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 30 node run.mjs
