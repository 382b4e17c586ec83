#!/usr/bin/env bash
# express-session 1.19.0 with express 5.3.0.
#
# The first request of a new visitor is an EventSource, and its handler puts something into `request.session`. The answer carries the session's
# cookie, and the stream stays open.
# Expected: once the cookie is out, the session is in the store, or it is at the latest when the stream is over.
# Seen: neither. The session is saved in `response.end`, and a stream that its client leaves is never ended. So the cookie names a session that
#   does not exist: every other request of that browser gets another one, none of them knows what the stream knows, and what the handler
#   has set is gone for good when the client leaves. An answer that ends keeps it; `request.session.save()` before the head mends the stream.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts express@5.3.0 express-session@1.19.0 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import express from 'express';
import session from 'express-session';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const store = new session.MemoryStore();
const app = express();
app.use(session({ secret: 'a secret', resave: false, saveUninitialized: false, store }));
app.get('/answer', (request, response) => {
  request.session.seat = 12;
  response.send('welcome');
});
function stream(_, response) {
  response.set('Content-Type', 'text/event-stream');
  response.write('data: welcome\n\n');
  response.on('close', () => app.emit('left'));
}
app.get('/stream', (request, response) => {
  request.session.seat = 12;
  stream(request, response);
});
app.get('/saved-stream', (request, response) => {
  request.session.seat = 12;
  request.session.save(() => stream(request, response));
});
app.get('/seat', ({ session: { seat } }, response) => response.send(`seat ${seat ?? 'unknown'}`));

const server = createServer(app);
await once(server.listen(0, '127.0.0.1'), 'listening');
const origin = `http://127.0.0.1:${server.address().port}`;

async function visit(path) {
  store.clear();
  const leaving = new AbortController();
  const answer = await fetch(origin + path, { signal: leaving.signal });
  const cookie = answer.headers.get('set-cookie')?.split(';')[0];
  const look = async () => {
    const stored = await new Promise((resolve) => store.all((_, sessions) => resolve(Object.keys(sessions).length)));
    return `${stored} stored, ${await (await fetch(`${origin}/seat`, { headers: { cookie } })).text()}`;
  };
  const reader = answer.body.getReader();
  await reader.read();
  await pause(100);
  const open = await look();
  const left = path.endsWith('stream') ? once(app, 'left') : undefined;
  leaving.abort();
  await left;
  await pause(100);
  return `cookie ${cookie === undefined ? 'none' : 'set'}; meanwhile ${open}; afterwards ${await look()}`;
}

const known = 'cookie set; meanwhile 1 stored, seat 12; afterwards 1 stored, seat 12';
const found = {
  '/answer': known,
  '/stream': 'cookie set; meanwhile 0 stored, seat unknown; afterwards 0 stored, seat unknown',
  '/saved-stream': known,
};
let same = true;
for (const [path, line] of Object.entries(found)) {
  const seen = await visit(path);
  console.log(`${path}: ${seen}`);
  same &&= seen === line;
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
