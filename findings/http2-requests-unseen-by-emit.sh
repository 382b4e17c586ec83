#!/usr/bin/env bash
# Node 20 and later (found with 20.20.2; beside it the version that runs the script), node:http and node:http2.
#
# A library that has to see requests before the application's listeners, whatever their order, can wrap `server.emit` and look
# for the event 'request'. On a server of node:http that works from the first request on, with or without listeners.
# Expected: the same on a server of http2.createServer(), whose compatibility API emits 'request' as well.
# Seen: while nobody has ever listened to 'request', the server of HTTP/2 emits only 'stream': the wrapped emit never sees a request,
#   and the client waits for an answer without any error. One listener that is added and removed at once mends it for good, for
#   the compatibility API is set up by the first listener and stays.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat > run.mjs <<'JS'
import http from 'node:http';
import http2 from 'node:http2';

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Answers every request from within emit.
function wrap(server) {
  const events = new Set();
  const { emit } = server;
  server.emit = function wrapped(event, ...rest) {
    events.add(event);
    if (event !== 'request') return emit.call(this, event, ...rest);
    rest[1].end('seen');
    return true;
  };
  return events;
}

async function listen(server) {
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

async function askOne(server) {
  wrap(server);
  return (await fetch(await listen(server))).text();
}

async function askTwo(server) {
  const events = wrap(server);
  const client = http2.connect(await listen(server));
  client.on('error', () => {});
  const request = client.request({ ':path': '/' });
  request.on('error', () => {});
  let body = '';
  request.setEncoding('utf8').on('data', (text) => {
    body += text;
  });
  const ended = new Promise((resolve) => request.on('end', () => resolve(body)));
  const answer = await Promise.race([ended, wait(2000).then(() => 'no answer within 2 s')]);
  client.destroy();
  return [answer, events.has('request'), events.has('stream')];
}

const bare = http2.createServer();
const touched = http2.createServer();
const nothing = () => {};
touched.on('request', nothing).off('request', nothing);
const seen = {
  node: process.version,
  'node:http': await askOne(http.createServer()),
  'node:http2': await askTwo(bare),
  'node:http2 behind on() and off()': await askTwo(touched),
};
console.log(seen, '(answer, request emitted, stream emitted)');
const same =
  seen['node:http'] === 'seen' &&
  String(seen['node:http2']) === 'no answer within 2 s,false,true' &&
  String(seen['node:http2 behind on() and off()']) === 'seen,true,true';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
node run.mjs
