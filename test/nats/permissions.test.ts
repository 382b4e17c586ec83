import { afterEach, describe, expect, it, vi } from 'vitest';
import { openNatsCluster } from '../../packages/nats/src/cluster.ts';
import { StagedNode } from '../../packages/testkit/src/engine-stage.ts';
import { block } from '../docs/blocks.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { secret, stream } from './engine.ts';

vi.setConfig({ testTimeout: 40_000 });

const listed = block('docs/guides/scale-out.md', 'publish: {').text;
const allowed = [...listed.matchAll(/"([^"]+)"/g)].map(([, subject = '']) => subject);

const open: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

/** A server with a user who may do what the guide lists, but for one line. */
async function serverWithout(left?: string): Promise<NatsServer> {
  const permissions = left === undefined ? listed : listed.replace(`"${left}"`, '"nothing"');
  const server = await NatsServer.start(`jetstream { store_dir: "STORE" }
accounts { A { jetstream: enabled, users: [
  { user: admin, password: admin },
  { user: node, password: right, permissions: { ${permissions} } } ] } }`);
  open.push(() => server.close());
  return server;
}

async function node(server: NatsServer): Promise<StagedNode> {
  const connection = { user: 'node', pass: 'right' };
  const made = new StagedNode(
    openNatsCluster(
      { servers: server.servers, secret, connection, behindMs: 200, cutMs: 1000 },
      { requestMs: 400, pulseMs: 100, sweepMs: 100 },
    ),
  );
  open.push(() => made.cluster.stop());
  await made.cluster.log.start(made.sink);
  return made;
}

/** All that nodes do. */
async function work(server: NatsServer): Promise<void> {
  const [alice, bob] = [await node(server), await node(server)];
  await alice.publish('/a');
  await bob.sees('/a');
  const { sessions, inbox } = alice.cluster;
  await sessions.create('one', 'text', { ttlMs: 100, nonce: 'n' });
  await sessions.create('two', 'text', { ttlMs: 60_000, nonce: 'n' });
  const { revision } = (await sessions.load('one')) ?? { revision: '' };
  await sessions.replace('one', 'new', { revision, ttlMs: 60_000 });
  await sessions.remove('one');
  const came = new Promise((resolve) => bob.cluster.inbox.receive(resolve));
  inbox.send(bob.cluster.node, 'letter');
  await came;
  await server.kill();
  await server.run();
  await bob.publish('/again');
  await alice.sees('/again');
  await (await server.manager()).streams.delete(stream);
  await bob.publish('/b');
  await alice.sees('/b');
}

describe.skipIf(skipsNats())('the permissions that the guide lists', () => {
  it('are enough', async () => {
    expect(allowed.length).toBeGreaterThan(20);
    await work(await serverWithout());
  });
});
