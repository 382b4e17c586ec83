// One node of the campaign, in a process of its own: a hub over an engine behind an HTTP server. Its parent tells it what to publish.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cluster, Frame, LogSink } from '@cometkit/core/cluster';
import { natsCluster } from '@cometkit/nats';
import { createHub, createNodeHandler } from '@cometkit/node';
import { redisCluster } from '@cometkit/redis';
import { note as keep } from './diary.ts';

/** What the parent asks for: an event with a number, or that the node ends without haste. */
export type Order = { readonly id: number; readonly subject: string } | 'drain';

/** What the node tells. Times are Unix milliseconds. */
export type Told =
  /** It serves at this port. */
  | { readonly port: number }
  /** The log has begun another life here. */
  | { readonly life: string; readonly at: number }
  /** What became of an event. Without a cursor nobody knows: the engine may have it. */
  | { readonly id: number; readonly cursor?: string; readonly at: number };

const [name, address] = process.argv.slice(2);
if (address === undefined) throw new Error('usage: node redis|nats ADDRESS');
const common = {
  secret: 'a secret of at least 32 characters',
  onState: (state: string, why?: string) => {
    note(() => `${state} ${why}`);
    process.stderr.write(`${state} ${why ?? ''}\n`);
  },
};
const tell = (told: Told): void => void process.send?.(told);
const now = (): number => performance.timeOrigin + performance.now();

/** Tells of each life that the log begins. */
function watched(cluster: Cluster): Cluster {
  const { log } = cluster;
  const start = log.start.bind(log);
  log.start = async (sink) => {
    try {
      await start(watchedSink(sink));
    } catch (error) {
      note(() => `not started: ${error}`);
      process.stderr.write(`not started: ${error}\n`);
      throw error;
    }
  };
  return cluster;
}

/** Keeps what the node reads. */
function note(line: () => string): void {
  keep(String(process.pid), line);
}

function describe({ epoch, first, node, seq, entries }: Frame): string {
  const all = entries.map((entry) => (entry.kind === 'data' ? entry.draft.json : 'control'));
  return `accept ${epoch}:${first} of ${node} ${seq}: ${all.join(' ')}`;
}

function watchedSink(sink: LogSink): LogSink {
  return {
    accept: (frame) => {
      note(() => describe(frame));
      sink.accept(frame);
    },
    hole: (from, to) => {
      note(() => `hole ${from}-${to}`);
      sink.hole(from, to);
    },
    state: (state) => sink.state(state),
    renew: (epoch, base, tag) => {
      note(() => `renew ${epoch}:${base}`);
      tell({ life: epoch, at: now() });
      sink.renew(epoch, base, tag);
    },
  };
}

const cluster =
  name === 'nats'
    ? natsCluster({ servers: `nats://${address}`, ...common })
    : redisCluster({ url: `redis://${address}`, ...common });
const hub = createHub({ cluster: watched(cluster), logger: false, heartbeatMs: 2000 });
const push = createNodeHandler(hub, {
  path: '/push',
  longPollWaitMs: { min: 0, max: 20 },
  pollWaitMs: { min: 50, max: 200 },
});
const server = createServer(push).listen(0, '127.0.0.1', () =>
  tell({ port: (server.address() as AddressInfo).port }),
);

function publish(subject: string, id: number): void {
  try {
    hub
      .publish(subject, { id })
      .accepted()
      .then(
        ({ cursor }) => tell({ id, cursor, at: now() }),
        () => tell({ id, at: now() }),
      );
  } catch {
    tell({ id, at: now() }); // too much waits for the engine
  }
}

function end(): void {
  server.closeAllConnections();
  server.close();
  setTimeout(() => process.exit(), 100);
}

process.on('message', (order: Order) => {
  if (order === 'drain') void push.close({ settleMs: 50, drainMs: 400 }).finally(end);
  else publish(order.subject, order.id);
});
process.on('disconnect', () => process.exit());
process.on('SIGTERM', () => {
  hub.close();
  end();
});
