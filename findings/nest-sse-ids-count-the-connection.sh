#!/usr/bin/env bash
# @nestjs/core and @nestjs/platform-express 12.5.1.
#
# A stream of `@Sse()` carries two kinds of messages: orders, whose `id` is their place in a log, and notices without an `id`. A client asks
# for what it missed with the header Last-Event-ID when it comes back.
# Expected: a message without an `id` leaves the last one as it is, as the standard says of events; after a notice the client still names its order.
# Seen: each message without an `id` gets one, the number of such messages on this connection. After a notice the client names 1, then 2, which
#   may be places of the log: the server repeats everything from there, or skips. What helps is to give every message an `id`.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
echo '{"private":true,"type":"module"}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts @nestjs/core@12.5.1 @nestjs/common@12.5.1 \
  @nestjs/platform-express@12.5.1 reflect-metadata@0.2.2 rxjs@7.8.2 eventsource@4.1.1 || { echo 'cannot install'; exit 2; }

cat > run.mjs <<'JS'
import 'reflect-metadata';
import { Controller, Headers, Module, Sse } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventSource } from 'eventsource';
import { from } from 'rxjs';

const named = [];
class Orders {
  stream(headers) {
    named.push(headers['last-event-id'] ?? 'nothing');
    return from([
      { id: '4711', data: 'an order' },
      { data: 'a notice' },
      { data: 'another notice' },
    ]);
  }
}
const method = Object.getOwnPropertyDescriptor(Orders.prototype, 'stream');
Headers()(Orders.prototype, 'stream', 0);
Sse('orders')(Orders.prototype, 'stream', method);
Controller()(Orders);
class App {}
Module({ controllers: [Orders] })(App);

const app = await NestFactory.create(App, { logger: false });
await app.listen(0, '127.0.0.1');
const url = `${await app.getUrl()}/orders`;
const text = await (await fetch(url, { headers: { Accept: 'text/event-stream' } })).text();
const ids = [...text.matchAll(/^id: (.*)$/gm)].map(([, id]) => id);
named.length = 0;
const source = new EventSource(url);
await new Promise((resolve) => {
  source.onerror = () => named.length >= 2 && resolve();
  setTimeout(resolve, 15_000).unref();
});
source.close();
console.log(`ids on the wire: ${ids.join(', ')}; named when coming back: ${named[1]}`);
const same = ids.join() === '4711,1,2' && named[1] === '2';
console.log(same ? 'as found' : 'CHANGED');
process.exit(same ? 0 : 1);
JS
timeout 40 node run.mjs
