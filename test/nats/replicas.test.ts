import { setTimeout } from 'node:timers/promises';
import { natsCluster } from '@cometkit/nats';
import { type Accident, type EngineUnderTest, eachEngine, RecordingSink } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { NatsServer, natsMinor, skipsNats } from '../support/nats.ts';
import { unusedPort } from '../support/unused-port.ts';
import { secret, stream } from './engine.ts';

const accidents: readonly Accident[] = [
  'loses the server that leads it',
  'is killed and comes back with all it had',
];
const names = ['one', 'two', 'three'] as const;

async function servers(): Promise<NatsServer[]> {
  const ports = await Promise.all(names.map(unusedPort));
  const routes = ports.map((port) => `nats://127.0.0.1:${port}`).join(', ');
  return Promise.all(
    names.map((name, index) => {
      const cluster = `{ name: push, listen: "127.0.0.1:${ports[index]}", routes: [${routes}] }`;
      return NatsServer.start(`server_name: ${name}\njetstream { store_dir: "STORE" }\ncluster ${cluster}`);
    }),
  );
}

// Of the servers that still run, any one can tell.
async function leaderOf(all: readonly NatsServer[]): Promise<NatsServer | undefined> {
  for (const server of all) {
    const { streams } = await server.manager();
    const leader = await streams.info(stream).then(
      (info) => info.cluster?.leader,
      () => undefined,
    );
    if (leader !== undefined) return all[names.indexOf(leader as (typeof names)[number])];
  }
  return undefined;
}

async function together(): Promise<NatsServer[]> {
  const all = await servers();
  const [first] = all;
  // They know each other once a stream finds three places.
  await eventually(
    'three servers',
    async () => {
      await setTimeout(200);
      const manager = await first?.manager();
      const made = await manager?.streams
        .add({ name: 'probe', subjects: ['probe'], num_replicas: 3 })
        .catch(() => undefined);
      return made && manager?.streams.delete('probe');
    },
    60_000,
  );
  return all;
}

// Three servers, of which each has everything.
async function start(): Promise<EngineUnderTest> {
  const all = await together();
  const hosts = all.map(({ servers: address }) => address);
  return {
    open: () => natsCluster({ servers: hosts, secret, replicas: 3, log: { maxEvents: 2000 } }),
    accidents: {
      'loses the server that leads it': async () => {
        const leader = await eventually('a leader', () => leaderOf(all));
        await leader.kill();
      },
      'is killed and comes back with all it had': async () => {
        await Promise.all(all.map((server) => server.kill()));
        await Promise.all(all.map((server) => server.run()));
      },
    },
    close: async () => {
      await Promise.all(all.map((server) => server.close()));
    },
  };
}

const isOld = !skipsNats() && natsMinor() < 10;
if (isOld)
  process.stdout.write(
    'nats-server is older than 2.10: a log on three servers is not tested. Name one with NATS_PATH.\n',
  );

describe.skipIf(skipsNats() || isOld)('three servers of NATS that each keep the log', () => {
  eachEngine(start, (name, run) => it(name, run, 180_000), accidents);
});

describe.skipIf(!isOld)('servers of NATS that let several writers win', () => {
  it('are refused where the log is to have replicas', async () => {
    const server = await NatsServer.start();
    const cluster = natsCluster({ servers: server.servers, secret, replicas: 3 });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(
        /^NATS at nats:\/\/127\.0\.0\.1:\d+: option `replicas` above 1 needs nats-server 2\.10 or later, and this one is 2\.\d+\.\d+$/,
      );
    } finally {
      await cluster.stop();
      await server.close();
    }
  });

  it('are refused where the log has replicas already, whatever the option says', async () => {
    const all = await together();
    const [first] = all;
    const manager = await first?.manager();
    await manager?.streams.add({ name: stream, subjects: ['comet.log'], num_replicas: 3 });
    const cluster = natsCluster({ servers: all.map(({ servers: address }) => address), secret });
    try {
      await expect(cluster.log.start(new RecordingSink())).rejects.toThrow(
        /^NATS: the stream comet_LOG, which has 3 replicas, needs nats-server 2\.10 or later, and this one is 2\.\d+\.\d+$/,
      );
    } finally {
      await cluster.stop();
      await Promise.all(all.map((server) => server.close()));
    }
  }, 180_000);
});
