// Three nodes of one hub on one port: workers of node:cluster over Redis. Kill one: its clients go on at the others.
import cluster from 'node:cluster';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { serve } from './node.mjs';

const nodes = Number(process.env.NODES ?? 3);

if (cluster.isPrimary) {
  // The same on all nodes. In production it comes from your secrets, so that sessions outlive a restart of everything.
  const env = { PUSH_SECRET: process.env.PUSH_SECRET ?? `${randomUUID()}${randomUUID()}` };
  let closing = false;
  cluster.on('exit', (worker, code, signal) => {
    console.log(`node ${worker.process.pid} has ended (${signal ?? code})`);
    if (!closing && signal !== null) cluster.fork(env);
    else if (!closing) process.exit(code ?? 1); // it could not start: the others cannot either
  });
  for (let node = 0; node < nodes; node += 1) cluster.fork(env);
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
    process.once(signal, async () => {
      closing = true;
      const workers = Object.values(cluster.workers ?? {});
      for (const worker of workers) worker?.process.kill(signal);
      await Promise.all(workers.map((worker) => worker && once(worker, 'exit')));
      process.exit(0);
    });
  }
} else {
  await serve();
}
