// Live prices. A reader that cannot keep up gets the newest price of each name, not a backlog of old ones.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from '@cometkit/express';
import express from 'express';
import { openMarket } from './market.mjs';

const client = dirname(fileURLToPath(import.meta.resolve('@cometkit/client/browser')));

const app = express();
const push = comet({
  hub: { overflow: 'latest-per-subject', queueLimit: 64 },
  pollWaitMs: { min: 500, max: 1000 }, // prices are soon old
});

app.use('/push', push);
app.use('/client', express.static(client));
for (const files of ['public', '../frame'])
  app.use(express.static(fileURLToPath(new URL(files, import.meta.url))));

const closeMarket = openMarket((name, price) => push.publish(`/prices/${name}`, price));

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', (error) => {
  // Express 5 calls this, too, when the port is taken.
  if (error) throw error;
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`Prices: http://localhost:${port}/`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    closeMarket();
    server.close();
    await push.close();
    server.closeIdleConnections(); // what browsers keep open for a next request
    setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  });
}
