import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { comet } from '@cometkit/express';
import { redisCluster } from '@cometkit/redis';
import express from 'express';

const client = dirname(fileURLToPath(import.meta.resolve('@cometkit/client/browser')));

/** Starts one node. */
export async function serve() {
  const push = comet({
    hub: { presence: ['/pages'] },
    cluster: redisCluster({
      url: process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
      secret: process.env.PUSH_SECRET,
      onState: (state, why) => console.log(`node ${process.pid} is ${state}${why ? `: ${why}` : ''}`),
    }),
  });
  const app = express();
  app.use('/push', push);
  app.use('/client', express.static(client));
  for (const files of ['public', '../frame'])
    app.use(express.static(fileURLToPath(new URL(files, import.meta.url))));
  // What one node knows: the pages that are open at any of them.
  app.get('/pages', (_, response) => {
    // The next question meets another node.
    response.set('connection', 'close');
    response.json({ node: process.pid, open: push.hub.presence('/pages').map(({ id }) => id) });
  });
  // A node that dies says nothing: whoever asks gets no answer.
  app.post('/kill', () => process.kill(process.pid, 'SIGKILL'));

  // What each node counts reaches the clients of all of them.
  let n = 0;
  const counting = setInterval(() => {
    n += 1;
    push.publish(`/nodes/${process.pid}`, { n });
  }, 200);

  const server = app.listen(Number(process.env.PORT ?? 3000), process.env.HOST ?? '127.0.0.1', (error) => {
    // Express 5 calls this, too, when the port is taken.
    if (error) throw error;
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    console.log(`node ${process.pid}: http://localhost:${port}/`);
  });

  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, async () => {
      clearInterval(counting);
      server.close();
      await push.close();
      server.closeIdleConnections(); // what browsers keep open for a next request
      process.disconnect();
    });
  }
}
