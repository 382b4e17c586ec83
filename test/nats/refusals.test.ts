import type { Cluster } from '@cometkit/core/cluster';
import { type NatsClusterOptions, natsCluster } from '@cometkit/nats';
import { RecordingSink } from '@cometkit/testkit';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NatsServer, natsMinor, skipsNats } from '../support/nats.ts';
import { secret } from './engine.ts';

vi.setConfig({ testTimeout: 40_000 });

const jetstream = 'jetstream { store_dir: "STORE", max_mem: 64M, max_file: MAX }';
const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function serverWith(lines: string): Promise<NatsServer> {
  const server = await NatsServer.start(lines);
  open.push(() => server.close());
  return server;
}

/** Users of one account: the admin, and one with some permissions. */
function users(permissions: string, limits = 'jetstream: enabled'): string {
  return `${jetstream.replace('MAX', '1G')}
accounts { A { ${limits}, users: [
  { user: admin, password: admin },
  { user: node, password: right, permissions: { ${permissions} } } ] } }`;
}

function node(server: NatsServer, options: Partial<NatsClusterOptions> = {}): Cluster {
  const cluster = natsCluster({ servers: server.servers, secret, ...options });
  open.push(() => cluster.stop());
  return cluster;
}

const asNode = { connection: { user: 'node', pass: 'right' } };
const starts = (cluster: Cluster) => cluster.log.start(new RecordingSink());

describe.skipIf(skipsNats())('a NATS that cannot be worked with fails the start in one line', () => {
  it('without JetStream', async () => {
    const server = await serverWith('');
    await expect(starts(node(server))).rejects.toThrow(
      /^NATS: JetStream is not enabled: start nats-server with -js, or with `jetstream {}` in its file$/,
    );
  });

  it('with wrong credentials', async () => {
    const server = await serverWith(users('publish: ">"'));
    await expect(starts(node(server, { connection: { user: 'node', pass: 'wrong' } }))).rejects.toThrow(
      /^NATS at nats:\/\/127\.0\.0\.1:\d+: the server refuses these credentials: look at `user`, `pass`, `token`/,
    );
  });

  it('without the permission to publish', async () => {
    const server = await serverWith(users('publish: { deny: "comet.log" }'));
    const cluster = node(server, asNode);
    await starts(cluster);
    await expect(cluster.log.append({ seq: 1, entries: [] })).rejects.toThrow(
      /^this user may not publish to "comet\.log": the list of permissions is in docs\/guides\/scale-out\.md$/,
    );
  });

  it('without the permission to make the stream', async () => {
    const server = await serverWith(users('publish: { deny: "$JS.API.STREAM.CREATE.>" }'));
    await expect(starts(node(server, asNode))).rejects.toThrow(
      /^NATS: this user may not publish to "\$JS\.API\.STREAM\.CREATE\.comet_LOG": the list of permissions/,
    );
  });

  it('without the permission to listen to answers', async () => {
    const server = await serverWith(users('subscribe: { deny: "_INBOX.>" }'));
    await expect(starts(node(server, asNode))).rejects.toThrow(
      /^NATS: this user may not subscribe to "_INBOX\./,
    );
  });

  it('where nobody answers', async () => {
    const server = await serverWith('');
    await server.kill();
    const cluster = node(server, { behindMs: 100, cutMs: 300 });
    await expect(starts(cluster)).rejects.toThrow(
      /^option `servers`: no NATS server answers at nats:\/\/127\.0\.0\.1:\d+ \(.*refused.*\)$/i,
    );
  });

  it.skipIf(natsMinor() < 10)('where there is no cluster for the replicas', async () => {
    const server = await serverWith('jetstream { store_dir: "STORE" }');
    await expect(starts(node(server, { replicas: 3 }))).rejects.toThrow(
      'NATS: the server is alone: with it option `replicas` can only be 1',
    );
  });

  it('where the account has no room', async () => {
    const server = await serverWith(users('publish: ">"', 'jetstream: { max_mem: 1M, max_file: 1M }'));
    await expect(starts(node(server, asNode))).rejects.toThrow(
      'NATS: JetStream has no room left: raise its `max_file`, or lower `log`',
    );
  });

  it('where the stream is somebody else’s', async () => {
    const server = await serverWith('jetstream { store_dir: "STORE" }');
    const { streams } = await server.manager();
    await streams.add({ name: 'comet_LOG', subjects: ['orders.*'] });
    await expect(starts(node(server))).rejects.toThrow(
      /^NATS: the stream comet_LOG is there, but is no log: it needs the subject "comet\.log"/,
    );
  });
});

describe.skipIf(skipsNats())('a NATS that is there', () => {
  it('gets the bounds that the log needs, and keeps larger ones', async () => {
    const server = await serverWith('jetstream { store_dir: "STORE" }');
    const { streams } = await server.manager();
    await streams.add({ name: 'comet_LOG', subjects: ['comet.log'], max_msgs: 10, max_bytes: 10 ** 9 });
    await starts(node(server, { log: { maxEvents: 100 } }));
    const { config } = await streams.info('comet_LOG');
    expect([config.max_msgs, config.max_bytes, config.max_age]).toEqual([120, 10 ** 9, 0]);
  });

  it('keeps a short log with a short memory for ids', async () => {
    const server = await serverWith('jetstream { store_dir: "STORE" }');
    await starts(node(server, { log: { maxAgeMs: 10_000 } }));
    const { config } = await (await server.manager()).streams.info('comet_LOG');
    expect([config.max_age, config.duplicate_window]).toEqual([12e9, 12e9]);
  });
});
