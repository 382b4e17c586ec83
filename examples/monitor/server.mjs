// An Express app that shows this machine live. CometKit is the four marked lines; the rest is the app's own.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from '@cometkit/express'; // 1
import { createInspector } from '@cometkit/inspector';
import { createMetrics } from '@cometkit/metrics';
import express from 'express';
import { renderSVG } from 'uqr';
import { mayPublish } from './chat.mjs';
import { announce, portFrom, refused } from './console.mjs';
import { fromHere } from './from-here.mjs';
import { machine } from './machine.mjs';
import { outages } from './outage.mjs';
import { startSources } from './schedule.mjs';
import { addressElsewhere } from './second-device.mjs';
import { createSources } from './sources/index.mjs';

const host = process.env.HOST ?? '127.0.0.1'; // what it shows is nobody else's business unless you say so
const port = portFrom(process.env.PORT ?? '3000');
const publicFiles = fileURLToPath(new URL('./public', import.meta.url));
const clientFiles = dirname(fileURLToPath(import.meta.resolve('@cometkit/client/browser')));

const app = express();
app.disable('x-powered-by');
app.use(securityHeaders);

// 2: joining and subscribing are open, publishing is for the chat only. Short waits make polling lively.
const push = comet({
  authorize: { publish: mayPublish },
  longPollWaitMs: { min: 0, max: 20 },
  pollWaitMs: { min: 1000, max: 2000 },
});
// The page can have its own connections cut, to show what becomes of them.
const { watch, begin } = outages();
app.use('/push', watch);
app.post('/api/outage/:name', begin);
// 3: the endpoint, and the same hub once more at the address that classic Pushlet clients call.
app.use('/push', push);
app.use('/pushlet/pushlet.srv', push.mount({ matching: 'prefix' }));

// Its own figures, and a look inside: for this machine alone, also where the page is open to the network.
app.get(
  '/metrics',
  (request, _response, next) => next(fromHere(request) ? undefined : 'route'),
  createMetrics(push),
);
const authorize = (request, action) => action === 'look' && fromHere(request);
app.use('/inspector', createInspector(push, { authorize }));

app.get('/api/machine', async (_request, response) => {
  response.set('Cache-Control', 'no-store').json({ ...(await machine()), elsewhere: elsewhere() });
});
app.get('/api/second-device.svg', (_request, response) => {
  const address = elsewhere();
  if (address === undefined) response.sendStatus(404);
  else response.type('svg').send(renderSVG(address));
});
app.use('/client', express.static(clientFiles));
app.use(express.static(publicFiles));

// 4: whatever the sources read is published; who listens is not their concern.
const stopSources = startSources(
  createSources(() => push.hub.stats()),
  (subject, data) => push.publish(subject, data),
);

const server = app.listen(port, host, (error) => {
  if (error) refused(error, port);
  announce(server);
});

const elsewhere = () => addressElsewhere(server);

process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

let signalledAt;

function onSignal() {
  // npm passes on a Ctrl+C that the terminal has sent us already: only a later one means "now, at once".
  if (signalledAt !== undefined) return performance.now() - signalledAt > 500 && process.exit(130);
  signalledAt = performance.now();
  return shutDown();
}

/** Nobody new, then the open streams and held polls are answered, then what is still open is cut. */
async function shutDown() {
  // A client that never reads must not hold the process.
  setTimeout(() => server.closeAllConnections(), 3000).unref();
  stopSources();
  server.close();
  await push.close();
  server.closeIdleConnections();
}

/** What helmet would set: scripts and styles from here only, no inline script, no foreign frame around us. */
function securityHeaders(_request, response, next) {
  response.set({
    'Content-Security-Policy':
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'",
    'X-Content-Type-Options': 'nosniff',
    'Referrer-Policy': 'same-origin',
  });
  next();
}
