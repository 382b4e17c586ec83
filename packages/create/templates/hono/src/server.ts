import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { getConnInfo } from '@hono/node-server/conninfo';
import { serveStatic } from '@hono/node-server/serve-static';
import { createFetchHandler, createHub } from 'cometkit/fetch';
import { Hono } from 'hono';
import type { Subjects } from './subjects.ts';

const port = Number(process.env['PORT'] ?? 3000);
const hub = createHub<Subjects>();
const push = createFetchHandler(hub);
const app = new Hono();

app.all('/push', (c) => push(c.req.raw, { address: getConnInfo(c).remote.address }));
// The client as one file, for a page without a bundler.
const client = relative('.', dirname(fileURLToPath(import.meta.resolve('cometkit/client/browser'))));
app.get(
  '/client/*',
  serveStatic({ root: client, rewriteRequestPath: (path) => path.slice('/client'.length) }),
);
app.get('*', serveStatic({ root: 'public' }));

const server = serve({ fetch: app.fetch, port }, () => console.log(`http://localhost:${port}`));

// Publish whatever you have, whenever you have it.
let number = 0;
const ticking = setInterval(() => {
  number += 1;
  hub.publish('/ticks', { number, time: Date.now() });
}, 1000);

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    clearInterval(ticking);
    await push.close(); // answers held polls and ends streams
    server.close();
    // Who has not asked anything by then.
    if ('closeAllConnections' in server) setTimeout(() => server.closeAllConnections(), 1000).unref();
  });
}
