// The process that small-server.test.ts attacks: a server with its default limits, which publishes 20 events a second. Tells what it
// holds to whoever asks.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHub, createNodeHandler } from '@cometkit/node';

const hub = createHub();
// The attack is to be fast; that joins of one address are limited is tested elsewhere.
const push = createNodeHandler(hub, { path: '/push', joinRate: false });

// As much past as the log holds.
for (let n = 0; n < 10_000; n += 1) hub.publish('/past', { n, text: 'x'.repeat(3000) });

let said = 0;
let most = 0;
setInterval(() => {
  hub.publish('/live', said);
  said += 1;
  most = Math.max(most, process.memoryUsage.rss());
}, 50);

const server = http.createServer(push);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

/** What it holds. */
export interface Holdings {
  /** Events that were published to `/live`. */
  readonly said: number;
  /** The most memory that the process has had, in bytes. */
  readonly most: number;
  readonly sessionBytes: number;
  readonly subscriptions: number;
}

process.on('message', () => {
  const { sessionBytes, subscriptions } = hub.stats();
  process.send?.({ said, most, sessionBytes, subscriptions } satisfies Holdings);
});
process.on('disconnect', () => process.exit());
