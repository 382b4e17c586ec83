// One process of CometKit as the files beside this one start it: alive, ready, its metrics, and an end that loses nothing.
import http from 'node:http';
import { comet } from '@cometkit/express';
import { createMetrics } from '@cometkit/metrics';
import express from 'express';

const push = comet();
let draining = false;

const app = express();
app.disable('x-powered-by');
app.set('trust proxy', 1); // one proxy stands in front
app.use('/push', push);
const server = http.createServer(app);

// For the machine room alone: on a port that no proxy leads to.
const room = express();
room.get('/healthz', (_request, response) => response.send('alive'));
room.get('/readyz', (_request, response) =>
  response.status(draining ? 503 : 200).send(draining ? 'draining' : 'ready'),
);
room.get('/metrics', createMetrics(push));
const roomServer = http.createServer(room);

const { PORT = '3000', ROOM_PORT = '9464', HOST = '127.0.0.1', DRAIN_MS = '5000' } = process.env;
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
const clock = setInterval(() => push.publish('/system/clock', { time: new Date().toISOString() }), 1000);

/** Not ready any more; then, when nobody is sent here any longer, held polls are answered and streams ended. */
async function drain() {
  if (draining) return;
  draining = true;
  await new Promise((resolve) => setTimeout(resolve, Number(DRAIN_MS)));
  clearInterval(clock);
  server.close();
  await push.close();
  server.closeIdleConnections();
  roomServer.close();
  roomServer.closeAllConnections();
}

for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, drain);
process.send?.('ready'); // pm2 waits for it, and may stop us from now on
