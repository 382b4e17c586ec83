import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from 'cometkit/express';
import express from 'express';
import type { Subjects } from './subjects.ts';

const port = Number(process.env['PORT'] ?? 3000);
const app = express();
const push = comet<Subjects>();

app.use('/push', push);
// The client as one file, for a page without a bundler.
app.use('/client', express.static(dirname(fileURLToPath(import.meta.resolve('cometkit/client/browser')))));
app.use(express.static('public'));

const server = app.listen(port, (error) => {
  // Express 5 calls this, too, when the port is taken.
  if (error) throw error;
  console.log(`http://localhost:${port}`);
});

// Publish whatever you have, whenever you have it.
let number = 0;
const ticking = setInterval(() => {
  number += 1;
  push.publish('/ticks', { number, time: Date.now() });
}, 1000);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    clearInterval(ticking);
    server.close();
    await push.close(); // answers held polls and ends streams
    server.closeIdleConnections(); // what browsers keep open for a next request
    setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  });
}
