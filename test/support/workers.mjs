// Two workers of node:cluster on one port, each with a hub of its own, as an operator starts them who knows no better.
import cluster from 'node:cluster';
import http from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';

if (cluster.isPrimary) {
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const workers = [cluster.fork(), cluster.fork()];
  const ports = await Promise.all(
    workers.map((worker) => new Promise((resolve) => worker.once('listening', ({ port }) => resolve(port)))),
  );
  console.log(`listening on ${ports[0]}`);
} else {
  const push = createNodeHandler(createHub(), { path: '/push' });
  http
    .createServer((request, response) => {
      // Each request comes over a connection of its own, and so to the next worker.
      response.setHeader('connection', 'close');
      push(request, response);
    })
    .listen(0, '127.0.0.1');
}
