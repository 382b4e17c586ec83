import { createPureHub } from '@cometkit/core';
import { systemRuntime } from '@cometkit/handler';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClusterHub } from '../../packages/core/src/cluster.ts';
import { openNatsCluster } from '../../packages/nats/src/cluster.ts';
import { Channel } from '../core/cluster-kit.ts';
import { eventually } from '../support/eventually.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { secret, stream } from './engine.ts';

vi.setConfig({ testTimeout: 60_000 });

const quick = { pulseMs: 100, heartbeatMs: 100, silenceMs: 400, retryMs: 20 };

describe.skipIf(skipsNats())('hubs over one NATS', () => {
  let server: NatsServer;
  const closing: (() => unknown)[] = [];

  beforeEach(async () => {
    server = await NatsServer.start();
  });

  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
    await server.close();
  });

  async function start(): Promise<{ readonly hub: ClusterHub; readonly channel: Channel }> {
    const cluster = openNatsCluster({ servers: server.servers, secret }, quick);
    const hub = createPureHub(systemRuntime(), {}, cluster);
    closing.push(
      () => hub.close(),
      () => cluster.stop(),
    );
    const ticking = setInterval(() => hub.tick(), 20);
    closing.push(() => clearInterval(ticking));
    await hub.cluster?.start();
    const session = hub.join();
    hub.subscribe(session, '/a');
    const channel = new Channel();
    channel.session = session;
    hub.attach(session, channel, {});
    channel.wake();
    return { hub, channel };
  }

  const told = (channel: Channel, count: number) =>
    eventually(`${count} of ${JSON.stringify(channel.told)}`, () => channel.told.length >= count);

  it('give all that any of them publishes to the sessions of all, also while the server is killed and comes back', async () => {
    const [one, two] = [await start(), await start()];
    const publications = Array.from({ length: 50 }, (_, n) => (n % 2 ? one : two).hub.publish('/a', n));
    await Promise.all([one, two].map(({ channel }) => told(channel, 50)));
    await server.kill();
    const during = Array.from({ length: 50 }, (_, n) => (n % 2 ? one : two).hub.publish('/a', 100 + n));
    await server.run();
    await Promise.all([...publications, ...during].map((publication) => publication.accepted()));
    await Promise.all([one, two].map(({ channel }) => told(channel, 100)));
    expect(two.channel.items).toEqual(one.channel.items);
    expect(new Set(one.channel.told).size).toBe(100);
    expect(one.channel.told.every((data) => typeof data === 'number')).toBe(true);
    expect(one.hub.cursor()).toBe(two.hub.cursor());
  });

  it('tell a gap when the log is lost, and go on', async () => {
    const [one, two] = [await start(), await start()];
    await one.hub.publish('/a', 1).accepted();
    await Promise.all([one, two].map(({ channel }) => told(channel, 1)));
    await (await server.manager()).streams.delete(stream);
    await eventually('a publish is accepted', () =>
      one.hub
        .publish('/a', 2)
        .accepted()
        .catch(() => undefined),
    );
    for (const { channel } of [one, two]) {
      await eventually(JSON.stringify(channel.told), () => channel.told.at(-1) === 2);
      expect(channel.told).toEqual([1, 'engine', 2]);
    }
    expect(one.hub.cursor()).toBe(two.hub.cursor());
  });
});
