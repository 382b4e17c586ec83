#!/usr/bin/env bash
# fastify-sse-v2 4.2.2, hono 4.13.19 with @hono/node-server 2.1.9, h3 2.0.8; beside them @fastify/sse 0.6.0 and better-sse 0.16.1.
#
# A stream of events is fed from an async generator, as each package shows it: it asks a database or a sensor, and gives that back in `finally`.
# The reader leaves after the first event.
# Expected: writing fails or the generator is returned, so that `finally` runs.
# Seen: with three of them writing to who has left succeeds without an error, and the generator is asked for more, for as long as the process
#   lives: each reader who was ever there costs one. What helps is to watch their own sign of the end by hand (`onAbort`, `onClosed`,
#   the request's `close`).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts fastify@5.6.1 fastify-sse-v2@4.2.2 @fastify/sse@0.6.0 \
  hono@4.13.19 @hono/node-server@2.1.9 h3@2.0.8 better-sse@0.16.1 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import fastifySse from '@fastify/sse';
import { serve } from '@hono/node-server';
import { createSession } from 'better-sse';
import fastify from 'fastify';
import { FastifySSEPlugin } from 'fastify-sse-v2';
import { createEventStream, H3, toNodeHandler } from 'h3';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const sources = new Map();
async function* source(name) {
  const state = { made: 0, returned: false };
  sources.set(name, state);
  try {
    for (;;) {
      state.made += 1;
      yield { data: `tick ${state.made}` };
      await pause(50);
    }
  } finally {
    state.returned = true;
  }
}
async function listen(handler) {
  const server = createServer(handler);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return `http://127.0.0.1:${server.address().port}/`;
}
const address = { port: 0, host: '127.0.0.1' };

const old = fastify();
old.register(FastifySSEPlugin);
old.get('/', (_request, reply) => void reply.sse(source('fastify-sse-v2')));
const official = fastify();
await official.register(fastifySse);
official.get('/', { sse: true }, (_request, reply) => reply.sse.send(source('@fastify/sse')));
const hono = new Hono().get('/', (context) =>
  streamSSE(context, async (stream) => {
    for await (const message of source('hono')) await stream.writeSSE(message);
  }),
);
const behindHono = serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' });
const h3 = new H3().get('/', (event) => {
  const stream = createEventStream(event);
  void (async () => {
    for await (const message of source('h3')) await stream.push(message);
  })();
  return stream;
});
const urls = {
  'fastify-sse-v2': await old.listen(address),
  hono: `http://127.0.0.1:${behindHono.address().port}/`,
  h3: await listen(toNodeHandler(h3)),
  '@fastify/sse': await official.listen(address),
  'better-sse': await listen(async (request, response) => {
    const session = await createSession(request, response);
    await session.iterate(source('better-sse')).catch(() => {});
  }),
};
const found = { 'fastify-sse-v2': 'goes on', hono: 'goes on', h3: 'goes on', '@fastify/sse': 'has ended', 'better-sse': 'has ended' };
let same = true;
for (const [name, url] of Object.entries(urls)) {
  const leaving = new AbortController();
  const { body } = await fetch(url, { headers: { Accept: 'text/event-stream' }, signal: leaving.signal });
  await body.getReader().read();
  leaving.abort();
  await pause(500);
  const { made } = sources.get(name);
  await pause(2000);
  const state = sources.get(name);
  const told = state.returned ? 'has ended' : state.made > made + 10 ? 'goes on' : 'waits';
  console.log(`${name}: the source ${told}`);
  same &&= told === found[name];
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
