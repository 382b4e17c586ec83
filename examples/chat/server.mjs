// A chat in rooms. Clients publish to /rooms/<name>; whoever is in the room gets it, and newcomers get the last fifty.
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from '@cometkit/express';
import express from 'express';

const room = /^\/rooms\/[a-z0-9-]{1,32}$/;
const client = dirname(fileURLToPath(import.meta.resolve('@cometkit/client/browser')));

const app = express();
const push = comet({
  authorize: {
    subscribe: ({ pattern }) => room.test(pattern) || { refuse: 'there is no such room' },
    publish: ({ subject, data }) =>
      (room.test(subject) && isMessage(data)) || { refuse: 'that is no message' },
  },
});

app.use('/push', push);
app.use('/client', express.static(client));
for (const files of ['public', '../frame'])
  app.use(express.static(fileURLToPath(new URL(files, import.meta.url))));

const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', (error) => {
  // Express 5 calls this, too, when the port is taken.
  if (error) throw error;
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  console.log(`Chat: http://localhost:${port}/`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, async () => {
    server.close();
    await push.close();
    server.closeIdleConnections(); // what browsers keep open for a next request
    setTimeout(() => server.closeAllConnections(), 1000).unref(); // who has not asked anything by then
  });
}

function isMessage(data) {
  const { name, text } = data ?? {};
  const good = (value, limit) => typeof value === 'string' && value.trim() !== '' && value.length <= limit;
  return good(name, 40) && good(text, 1000) && Object.keys(data).length === 2;
}
