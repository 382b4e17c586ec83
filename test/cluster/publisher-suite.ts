import type { Cluster, ClusterHub } from '@cometkit/core/cluster';
import type { Publisher } from '@cometkit/core/engine-kit';
import { createHub } from '@cometkit/handler';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Channel } from '../core/cluster-kit.ts';
import { eventually } from '../support/eventually.ts';
import { FaultProxy } from '../support/fault-proxy.ts';

/** An engine's server, and what connects to it by a port. */
interface PublisherEngine {
  readonly port: number;
  run(): Promise<void>;
  kill(): Promise<void>;
  close(): Promise<void>;
}

/** What an engine package has. */
interface PublisherPackage {
  start(): Promise<PublisherEngine>;
  cluster(port: number): Cluster;
  publisher(port: number, options?: { readonly maxEventBytes?: number }): Publisher;
}

/** Who is no node publishes to the clients of all nodes, over whichever engine. */
export function publisherSuite(of: PublisherPackage): void {
  let server: PublisherEngine;
  let proxy: FaultProxy;
  const hubs: ClusterHub[] = [];
  const publishers: Publisher[] = [];

  beforeEach(async () => {
    server = await of.start();
    proxy = await FaultProxy.start(server.port);
  });
  afterEach(async () => {
    for (const publisher of publishers.splice(0)) await publisher.close();
    for (const hub of hubs.splice(0)) hub.close();
    await proxy.close();
    await server.close();
  });

  function publisher(options?: { readonly maxEventBytes?: number }): Publisher {
    const made = of.publisher(proxy.port, options);
    publishers.push(made);
    return made;
  }

  /** A node with a session that listens to `/a`. */
  async function node(principal?: string): Promise<Channel> {
    const hub = createHub({ cluster: of.cluster(server.port), logger: false });
    hubs.push(hub);
    await hub.cluster?.start();
    const channel = new Channel();
    channel.session = hub.join(principal === undefined ? {} : { principal });
    hub.subscribe(channel.session, '/a');
    hub.attach(channel.session, channel, {});
    channel.wake();
    return channel;
  }

  const has = (channel: Channel, ...all: readonly unknown[]) =>
    eventually(
      `${JSON.stringify(channel.told)} to be ${JSON.stringify(all)}`,
      () => channel.told.length >= all.length,
    ).then(() => expect(channel.told).toEqual(all));

  it('reaches the clients of all nodes, in order', async () => {
    const nodes = [await node(), await node()];
    const there = publisher();
    const sent = Array.from({ length: 600 }, (_, n) => there.publish('/a', n));
    const places = await Promise.all(sent.map((one) => one.accepted()));
    const positions = places.map(({ position }) => position);
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(new Set(positions).size).toBe(600);
    expect(places.every(({ repeated }) => !repeated)).toBe(true);
    for (const channel of nodes) await has(channel, ...Array.from({ length: 600 }, (_, n) => n));
    const [first] = nodes[0]?.items ?? [];
    expect(first?.kind === 'data' && first.position).toBe(positions[0]);
  });

  it('reaches a user, a session and everybody', async () => {
    const [ada, bob] = [await node('ada'), await node('bob')];
    const there = publisher();
    there.sendToPrincipal('ada', '/b', 'to ada');
    there.send(bob.session?.id ?? '', '/b', 'to bob');
    await there.broadcast('/b', 'to all').accepted();
    await has(ada, 'to ada', 'to all');
    await has(bob, 'to bob', 'to all');
  });

  it('publishes once what two processes and a node publish under one id', async () => {
    const channel = await node();
    const all = [publisher(), publisher()];
    const places = [];
    for (const one of all) places.push(await one.publish('/a', 1, { messageId: 'order 7' }).accepted());
    const own = await hubs[0]?.publish('/a', 1, { messageId: 'order 7' }).accepted();
    await all[0]?.publish('/a', 2).accepted();
    await has(channel, 1, 2);
    expect(places[1]).toEqual({ position: places[0]?.position, repeated: true });
    expect(own?.position).toBe(places[0]?.position);
  });

  it('publishes once when the answer of the engine is lost', async () => {
    const channel = await node();
    const there = publisher();
    await there.publish('/a', 0).accepted();
    proxy.cutAnswers(1);
    const { position } = await there.publish('/a', 1).accepted();
    await there.publish('/a', 2).accepted();
    await has(channel, 0, 1, 2);
    const item = channel.items[1];
    expect(item?.kind === 'data' && item.position).toBe(position);
  });

  it('waits for an engine that is away, and goes on when it is back', async () => {
    const channel = await node();
    const there = publisher();
    await there.publish('/a', 1).accepted();
    proxy.refuse();
    const waiting = there.publish('/a', 2);
    const closing = there.close();
    await new Promise((resolve) => setTimeout(resolve, 300));
    proxy.open();
    await waiting.accepted();
    await closing;
    await has(channel, 1, 2);
  });

  it('can come before the first node', async () => {
    await publisher().publish('/a', 'early').accepted();
    const channel = await node();
    await publisher().publish('/a', 'later').accepted();
    await has(channel, 'later');
    expect(hubs[0]?.stats().published).toBe(2);
  });

  it('closes when all is accepted, and takes nothing more', async () => {
    const channel = await node();
    const there = publisher();
    for (let n = 0; n < 10; n += 1) there.publish('/a', n);
    await there.close();
    await has(channel, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    expect(() => there.publish('/a', 10)).toThrow('[hub-closed] the publisher is closed');
    await there.close();
  });

  it('refuses at once what no node could publish', () => {
    const there = publisher({ maxEventBytes: 100 });
    expect(() => there.publish('a', 1)).toThrow('invalid-subject');
    expect(() => there.publish('/a', 1n)).toThrow('invalid-data');
    expect(() => there.publish('/a', 'x'.repeat(100))).toThrow('event-too-large');
    expect(() => there.publish('/a', 1, { name: 'open' })).toThrow('invalid-field');
    expect(() => there.publish('/a', 1, { messageID: '7' } as never)).toThrow('did you mean `messageId`');
    expect(() => there.send(7 as never, '/a', 1)).toThrow('the id of a session');
  });
}
