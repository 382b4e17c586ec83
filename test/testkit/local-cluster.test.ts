import { type ClientOptions, createClient } from '@cometkit/client';
import { type WebSocketClass, webSocket } from '@cometkit/client/transports';
import { comet } from '@cometkit/express';
import { type LocalCluster, type LocalNodeParts, localCluster, openStream, send } from '@cometkit/testkit';
import { attachWebSocket } from '@cometkit/websocket';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { eventually } from '../support/eventually.ts';

function shop({ cluster, server, index }: LocalNodeParts) {
  const push = comet({ cluster, joinRate: false });
  const app = express();
  app.use('/push', push);
  app.get('/which', (_, response) => void response.json(index));
  server.on('request', app);
  attachWebSocket(server, push, { path: '/push' });
  return push;
}

const transports: NonNullable<ClientOptions['transports']> = [
  'stream',
  'long-poll',
  webSocket(WebSocket as unknown as WebSocketClass),
];

describe('localCluster()', () => {
  const open: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of open.splice(0).reverse()) await close();
  });

  async function shops(nodes?: number): Promise<LocalCluster<ReturnType<typeof shop>>> {
    const cluster = await localCluster(shop, { nodes });
    open.push(() => cluster.close());
    return cluster;
  }

  async function listens(url: string, options: ClientOptions = {}) {
    const client = createClient(`${url}/push`, options);
    open.push(() => client.close());
    const got: unknown[] = [];
    const gaps: unknown[] = [];
    client.on('gap', (gap) => gaps.push(gap));
    const orders = client.subscribe('/orders');
    orders.on(({ data }) => got.push(data));
    await orders.ready;
    return { got, gaps };
  }

  const which = async (url: string) => (await send(`${url}/which`, {})).body;

  it('sends every request to the next node that runs', async () => {
    const { url, nodes } = await shops();
    const seen = [await which(url), await which(url), await which(url), await which(url)];
    expect(seen).toEqual(['0', '1', '2', '0']);
    await nodes[1]?.kill();
    expect(new Set([await which(url), await which(url), await which(url)])).toEqual(new Set(['0', '2']));
    for (const node of nodes) await node.kill();
    const { status, headers } = await send(`${url}/which`, {});
    expect([status, headers['retry-after']]).toEqual([503, '1']);
  });

  for (const transport of transports)
    it(`loses nothing and repeats nothing over ${typeof transport === 'string' ? transport : transport.name} while each node is killed and started again`, async () => {
      const { url, nodes } = await shops();
      const { got, gaps } = await listens(url, { transports: [transport] });
      const sent: number[] = [];
      for (const [index, node] of nodes.entries()) {
        const living = nodes[(index + 1) % nodes.length];
        const publish = () =>
          sent.push(sent.length) && living?.app.publish('/orders', sent.length - 1).accepted();
        await publish();
        await node.kill();
        await publish();
        await node.restart();
        await publish();
      }
      await eventually('all orders', () => got.length >= sent.length);
      expect(got).toEqual(sent);
      expect(gaps).toEqual([]);
    }, 40_000);

  it('restarts a node that runs as a deploy does: what it has taken in comes, and its clients go on', async () => {
    const { url, nodes } = await shops(2);
    const { got, gaps } = await listens(url);
    for (const [n, node] of [...nodes, ...nodes].entries()) {
      node.app.publish('/orders', n);
      await node.restart();
    }
    await eventually('all orders', () => got.length >= 4);
    expect(got).toEqual([0, 1, 2, 3]);
    expect(gaps).toEqual([]);
  }, 40_000);

  it('cuts a connection off in the midst when its node is killed, and keeps the address of the node', async () => {
    const { nodes } = await shops(2);
    const [node] = nodes;
    const stream = await openStream(`${node?.url}/push?type=join-listen&format=ndjson&subject=/orders`);
    await stream.until('join-listen-ack');
    const [url, id] = [node?.url, node?.id];
    await node?.kill();
    await eventually('the end of the stream', () => stream.ended);
    expect(() => node?.app).toThrow('node 0 does not run');
    await node?.restart();
    expect(node?.url).toBe(url);
    expect(node?.id).not.toBe(id);
    expect(await which(node?.url ?? '')).toBe('0');
  });

  it('tells a gap when a test empties the engine', async () => {
    const { url, nodes, engine } = await shops();
    const { got, gaps } = await listens(url);
    await nodes[0]?.app.publish('/orders', 1).accepted();
    await eventually('the order', () => got.length === 1);
    engine.flush();
    engine.notice();
    await eventually('the gap', () => gaps.length === 1);
    await nodes[0]?.app.publish('/orders', 2).accepted();
    await eventually('the order after the gap', () => got.length === 2);
    expect(gaps).toMatchObject([{ reason: 'engine' }]);
  });

  it('leaves no connection open, also when a node cannot start', async () => {
    await expect(localCluster(shop, { nodes: 0 })).rejects.toThrow('option `nodes` is 0');
    let first = '';
    const failing = localCluster((parts) => {
      if (parts.index === 1) throw new Error('no database');
      first = `http://127.0.0.1:${(parts.server.address() as { port: number }).port}`;
      return shop(parts);
    });
    await expect(failing).rejects.toThrow('no database');
    await expect(send(`${first}/which`, {})).rejects.toThrow('ECONNREFUSED');
  });
});
