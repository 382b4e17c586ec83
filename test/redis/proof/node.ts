// One node of the proof, in a process of its own: a hub over Redis behind an HTTP server. Its parent tells it what to publish.
import { createServer } from 'node:http';
import { createHub, createNodeHandler } from '@cometkit/node';
import { redisCluster } from '@cometkit/redis';

/** What the parent asks for: an event with a number. */
export interface Order {
  readonly id: number;
  readonly subject: string;
}

/** What became of it. Without a cursor nobody knows: the engine may have it. */
export interface Outcome {
  readonly id: number;
  readonly cursor?: string;
}

const [url, port] = process.argv.slice(2);
if (url === undefined || port === undefined) throw new Error('usage: node URL PORT');
const cluster = redisCluster({
  url,
  secret: 'a secret of at least 32 characters',
  onState: (state, why) => process.stderr.write(`${state} ${why ?? ''}\n`),
});
const hub = createHub({ cluster, logger: false, heartbeatMs: 2000 });
const push = createNodeHandler(hub, {
  path: '/push',
  longPollWaitMs: { min: 0, max: 20 },
  pollWaitMs: { min: 50, max: 200 },
});
const server = createServer(push).listen(Number(port), '127.0.0.1', () => process.send?.('ready'));

process.on('message', ({ id, subject }: Order) => {
  const tell = (outcome: Outcome): void => void process.send?.(outcome);
  try {
    hub
      .publish(subject, { id })
      .accepted()
      .then(
        ({ cursor }) => tell({ id, cursor }),
        () => tell({ id }),
      );
  } catch {
    tell({ id }); // too much waits for the engine
  }
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => {
  hub.close();
  server.closeAllConnections();
  server.close();
  setTimeout(() => process.exit(), 100);
});
