// The server of the soak: an Express app with the defaults, but for leases and limits short enough to be seen to work.
// Publishes without end, and tells its figures when it is asked. Forked by ../soak.mjs with --expose-gc.
import http from 'node:http';
import { comet } from '@cometkit/express';
import express from 'express';

const settings = JSON.parse(process.env.SOAK ?? '{}');
const push = comet({
  hub: settings.hub,
  classicLeaseMs: settings.hub.leaseMs,
  stallMs: settings.stallMs,
  longPollWaitMs: settings.longPollWaitMs,
  pollWaitMs: settings.pollWaitMs,
  onError: (error, where) => send({ trouble: `${where}: ${error}` }),
});
const app = express();
app.use('/push', push);

const server = http.createServer(app);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object') send({ port: address?.port });
});

function send(message) {
  if (process.connected) process.send?.(message);
}

let n = 0;
const publish = () => {
  n += 1;
  push.publish('/soak/tick', { n });
};
const filler = 'x'.repeat(60_000);
const publishBulk = () => push.publish('/bulk', { filler });

let ticks;
let bulk;

/** Publishes, or not; `bulk` is only for readers that have stopped to read, to fill what stands between. */
function run({ publishing, stalled }) {
  clearInterval(ticks);
  clearInterval(bulk);
  if (publishing) ticks = setInterval(publish, settings.tickMs);
  if (publishing && stalled) bulk = setInterval(publishBulk, settings.bulkMs);
}

function connections() {
  return new Promise((resolve) => server.getConnections((_error, count) => resolve(count)));
}

async function figures() {
  // The ticker rests when nobody is there, and with it the log, which forgets by age.
  push.hub.tick();
  globalThis.gc?.();
  const resources = process.getActiveResourcesInfo();
  const count = (name) => resources.filter((resource) => resource === name).length;
  const { heapUsed, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  const { sessions, attached, subscriptions, queuedEvents, logEvents, published, taken, expired, gaps } =
    push.hub.stats();
  return {
    held: {
      sessions,
      attached,
      subscriptions,
      queuedEvents,
      logEvents,
      connections: await connections(),
      sockets: count('TCPSocketWrap'),
      timers: count('Timeout'),
    },
    heapUsed,
    rss,
    cpuMs: (user + system) / 1000,
    published,
    taken,
    expired,
    gaps,
  };
}

process.on('message', async (message) => {
  const { run: order } = /** @type {any} */ (message);
  if (order) run(order);
  else send({ figures: await figures() });
});
process.on('disconnect', () => process.exit());
