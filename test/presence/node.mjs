// One node of several over Redis: whose clients are where, and what the node knows of it.
import http from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';
import { redisCluster } from '@cometkit/redis';

const hub = createHub({
  cluster: redisCluster({ url: process.env.REDIS_URL, secret: process.env.PUSH_SECRET }),
  presence: ['/rooms/**'],
});
const push = createNodeHandler(hub, {
  path: '/push',
  authorize: { join: ({ request }) => request.header('x-user') ?? true },
});
const server = http.createServer((request, response) => {
  if (!request.url.startsWith('/who')) return push(request, response);
  response.end(JSON.stringify(hub.presence('/rooms/1').map(({ id }) => id)));
});
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
