// One node of CometKit on node:http: over an engine, or alone in its memory.
import { createServer } from 'node:http';
import { get, listen } from './shared.mjs';

const secret = 'a secret of measurements, which guards nothing';

async function clusterOf({ kind, url }) {
  if (kind === 'redis') return (await import('@cometkit/redis')).redisCluster({ url, secret });
  return (await import('@cometkit/nats')).natsCluster({ servers: url, secret });
}

const streamClient = {
  steps: [{ text: get('/push?subject=/bench/<<s>>&format=sse'), expect: 'listen-ack' }],
};

/** Starts it. `engine` has `kind` and `url`; without it the hub is alone. */
export async function start({ engine }) {
  const { createHub, createNodeHandler } = await import('@cometkit/node');
  const hub = createHub(engine ? { cluster: await clusterOf(engine) } : {});
  const push = createNodeHandler(hub, { path: '/push' });
  while (!push.ready()) await new Promise((resolve) => setTimeout(resolve, 20));
  return {
    port: await listen(createServer(push)),
    client: streamClient,
    publish: (subject, data) => hub.publish(`/bench/${subject}`, data),
    stats: () => hub.stats(),
  };
}
