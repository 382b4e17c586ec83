#!/usr/bin/env bash
# fastify-sse-v2 4.2.2 and @fastify/sse 0.6.0; beside them hono 4.13.19 and h3 2.0.8. Read by eventsource 4.1.1.
#
# Events are numbered from 0, as the places of a list are; the second one has the empty text as its data.
# Expected: the client has the id 0 after the first event, and names it if it is cut off; and it gets the second.
# Seen: two of them leave out an id of 0: who is cut off then comes back without one and is told everything from the beginning, or nothing.
#   One leaves out the event with the empty text as well.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts fastify@5.6.1 fastify-sse-v2@4.2.2 @fastify/sse@0.6.0 \
  hono@4.13.19 @hono/node-server@2.1.9 h3@2.0.8 eventsource@4.1.1 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import { once } from 'node:events';
import { createServer } from 'node:http';
import fastifySse from '@fastify/sse';
import { serve } from '@hono/node-server';
import { EventSource } from 'eventsource';
import fastify from 'fastify';
import { FastifySSEPlugin } from 'fastify-sse-v2';
import { createEventStream, H3, toNodeHandler } from 'h3';
import { Hono } from 'hono';
import { streamSSE } from 'hono/streaming';

const end = { id: '9', data: 'end' };
// With an id as the package takes it: a number, or its text.
const messages = (id) => [{ id, data: 'begin' }, { data: '' }, end];

const address = { port: 0, host: '127.0.0.1' };
const old = fastify();
old.register(FastifySSEPlugin);
old.get('/', (_request, reply) => {
  for (const message of messages(0)) reply.sse(message);
});
const official = fastify();
await official.register(fastifySse, { serializer: (text) => text });
official.get('/', { sse: { serializer: (text) => text } }, async (_request, reply) => {
  reply.sse.keepAlive();
  for (const message of messages(0)) await reply.sse.send(message);
});
const hono = new Hono().get('/', (context) =>
  streamSSE(context, async (stream) => {
    for (const message of messages('0')) await stream.writeSSE(message);
    await stream.sleep(2000);
  }),
);
const behindHono = serve({ fetch: hono.fetch, port: 0, hostname: '127.0.0.1' });
const h3 = new H3().get('/', (event) => {
  const stream = createEventStream(event);
  void stream.push(messages('0'));
  return stream;
});
const behindH3 = createServer(toNodeHandler(h3));
await once(behindH3.listen(0, '127.0.0.1'), 'listening');
const urls = {
  'fastify-sse-v2': await old.listen(address),
  '@fastify/sse': await official.listen(address),
  hono: `http://127.0.0.1:${behindHono.address().port}/`,
  h3: `http://127.0.0.1:${behindH3.address().port}/`,
};
const found = {
  'fastify-sse-v2': '["begin",""] ["end","9"]',
  '@fastify/sse': '["begin",""] ["",""] ["end","9"]',
  hono: '["begin","0"] ["","0"] ["end","9"]',
  h3: '["begin","0"] ["","0"] ["end","9"]',
};
let same = true;
for (const [name, url] of Object.entries(urls)) {
  const read = [];
  const source = new EventSource(url);
  await new Promise((resolve) => {
    let last = '';
    source.onmessage = ({ data, lastEventId }) => {
      last = lastEventId || last;
      read.push(JSON.stringify([data, last]));
      if (data === 'end') resolve();
    };
    setTimeout(resolve, 3000).unref();
  });
  source.close();
  console.log(`${name}: ${read.join(' ')}`);
  same &&= read.join(' ') === found[name];
}
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 60 node run.mjs
