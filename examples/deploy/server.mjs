// One process of CometKit as the files beside this one start it: alive, ready, its metrics, and an end that loses nothing. With
// REDIS_URL and PUSH_SECRET, the same for all, it is one of many nodes.
import http from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { comet } from '@cometkit/express';
import { createMetrics } from '@cometkit/metrics';
import { redisCluster } from '@cometkit/redis';
import express from 'express';

const { REDIS_URL, PUSH_SECRET, NODE_ID } = process.env;
const onState = (state, why) => console.log(`node ${NODE_ID ?? ''} is ${state}${why ? `: ${why}` : ''}`);
const push = REDIS_URL
  ? comet({ cluster: redisCluster({ url: REDIS_URL, secret: PUSH_SECRET, nodeId: NODE_ID, onState }) })
  : comet();

const app = express();
app.disable('x-powered-by');
app.set('trust proxy', 1); // one proxy stands in front
app.use('/push', push);
const server = http.createServer(app);

// For the machine room alone: on a port that no proxy leads to.
const room = express();
room.get('/healthz', (_request, response) => response.send('alive'));
room.get('/readyz', (_request, response) =>
  response.status(push.ready() ? 200 : 503).send(push.ready() ? 'ready' : 'draining'),
);
room.get('/metrics', createMetrics(push));
const roomServer = http.createServer(room);

const { PORT = '3000', ROOM_PORT = '9464', HOST = '127.0.0.1' } = process.env;
const { SETTLE_MS = '2000', DRAIN_MS = '5000' } = process.env;
const listening = (listener, port) => new Promise((resolve) => listener.listen(Number(port), HOST, resolve));
await listening(roomServer, ROOM_PORT);
await listening(server, PORT);
for (const [name, one] of /** @type {const} */ ([
  ['push', server],
  ['room', roomServer],
])) {
  const address = /** @type {import('node:net').AddressInfo} */ (one.address());
  console.log(`${name}: http://${HOST}:${address.port}`);
}
const by = NODE_ID ?? String(process.pid);
const clock = setInterval(tick, 1000);

function tick() {
  try {
    push.publish('/system/clock', { time: new Date().toISOString(), by });
  } catch (error) {
    // The engine has taken nothing for five seconds, or the hub has ended: this one is left out.
    if (error.code !== 'too-busy' && error.code !== 'hub-closed') throw error;
  }
}

let ends = false;

/**
 * Not ready any more; when nobody is sent here any longer, clients are told to move, a few at a time; then it ends. A second signal
 * does not wait.
 */
async function drain() {
  // Not asked of ready(): a node without its engine has to end, too.
  if (ends) return push.close();
  ends = true;
  await push.close({ settleMs: Number(SETTLE_MS), drainMs: Number(DRAIN_MS) });
  clearInterval(clock);
  server.close();
  server.closeIdleConnections(); // what browsers and proxies keep open for a next request
  setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  roomServer.close();
  roomServer.closeAllConnections();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, drain);
while (!push.ready() && !ends) await sleep(50); // a node of several has read the log first
process.send?.('ready'); // pm2 waits for it, and may stop us from now on
