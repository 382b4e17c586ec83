// The process that resets.test.ts tries to bring down: an Express app with short leases that publishes without end, and
// no handler for errors that nobody catches. Tells its figures to whoever asks.
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { comet, createHub } from '@cometkit/express';
import express from 'express';

const hub = createHub({ leaseMs: 500, embryonicLeaseMs: 500, heartbeatMs: 200 });
const wait = { min: 1, max: 1 };
const push = comet({
  hub,
  classicLeaseMs: 500,
  authorize: { publish: true },
  longPollWaitMs: wait,
  pollWaitMs: wait,
});
const app = express();
app.use('/push', push);

const warnings: string[] = [];
process.on('warning', (warning) => warnings.push(String(warning)));

let n = 0;
setInterval(() => {
  n += 1;
  push.publish('/t', { n, text: 'ü€😀"\\<&>' });
}, 20);

const server = http.createServer(app);
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as AddressInfo).port }));

/** What must be as it was when every client is gone. */
export interface Figures {
  readonly sessions: number;
  readonly attached: number;
  readonly subscriptions: number;
  readonly queuedEvents: number;
  readonly connections: number;
  readonly timers: number;
  readonly warnings: readonly string[];
}

process.on('message', () => {
  server.getConnections((_error, connections) => {
    const { sessions, attached, subscriptions, queuedEvents } = hub.stats();
    const timers = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const figures: Figures = {
      sessions,
      attached,
      subscriptions,
      queuedEvents,
      connections,
      timers,
      warnings,
    };
    process.send?.(figures);
  });
});
process.on('disconnect', () => process.exit());
