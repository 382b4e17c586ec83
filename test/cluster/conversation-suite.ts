import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Client, createClient } from '@cometkit/client';
import { handle } from '@cometkit/client/handle';
import type { Cluster } from '@cometkit/core/cluster';
import { type Comet, comet } from '@cometkit/express';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { readingOf } from './stream-reading.ts';

interface Node {
  readonly push: Comet;
  readonly url: string;
}

/** What two nodes say to a client whose requests go to them in turn, over any engine. */
export function conversationSuite(open: () => Cluster): void {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function node(denied: ReadonlySet<string>): Promise<Node> {
    const push = comet({
      cluster: open(),
      joinRate: false,
      authorize: {
        publish: true,
        join: () => ({ principal: 'ann' }),
        subscribe: ({ pattern }) => !denied.has(pattern),
      },
    }) as unknown as Comet;
    const server = http.createServer(express().use('/push', push));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closing.push(async () => {
      server.closeAllConnections();
      server.close();
      await push.close();
    });
    return { push, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/push` };
  }

  async function two(): Promise<{ nodes: readonly [Node, Node]; client: Client; denied: Set<string> }> {
    const denied = new Set<string>();
    const nodes = [await node(denied), await node(denied)] as const;
    let turn = 0;
    const inTurn = ((_url: string, init: RequestInit) => {
      turn += 1;
      return fetch((nodes[turn % 2] as Node).url, init);
    }) as typeof fetch;
    const client = createClient(nodes[0].url, { runtime: { fetch: inTurn } });
    closing.push(() => client.close());
    await eventually('it is open', () => client.state === 'open', 20_000);
    return { nodes, client, denied };
  }

  it('hears once what a client says, at whichever node, and answers what it asks', async () => {
    const { nodes, client } = await two();
    const heard: unknown[] = [];
    const ran = new Map<Node, number>();
    for (const one of nodes) {
      one.push.on('/said', ({ data }) => heard.push(data));
      one.push.handle('/double', ({ data }) => {
        ran.set(one, (ran.get(one) ?? 0) + 1);
        return Number(data) * 2;
      });
    }
    for (let n = 0; n < 6; n += 1) {
      await client.publish('/said', n);
      expect(await client.request('/double', n)).toBe(n * 2);
    }
    expect(heard).toEqual([0, 1, 2, 3, 4, 5]);
    expect([...ran.values()].reduce((sum, count) => sum + count, 0)).toBe(6);
  });

  it('asks the client from either node, whichever gets the answer', async () => {
    const { nodes, client } = await two();
    let ran = 0;
    handle(client as never, '/confirm', ({ data }) => {
      ran += 1;
      return `${String(data)}: yes`;
    });
    for (let n = 0; n < 3; n += 1)
      for (const { push } of nodes)
        expect(await push.request(client.id ?? '', '/confirm', n, { timeoutMs: 10_000 })).toBe(`${n}: yes`);
    expect(ran).toBe(6);
  });

  it('gives a client what it was subscribed to by one node and is published at the other', async () => {
    const { nodes, client } = await two();
    const got: unknown[] = [];
    client.on('event', ({ subject, data }) => subject === '/rooms/7' && got.push(data));
    const [holder] = nodes.filter(({ push }) => push.hub.session(client.id ?? '') !== undefined);
    const session = holder?.push.hub.session(client.id ?? '');
    if (holder === undefined || session === undefined) throw new Error('nobody holds the session');
    holder.push.hub.subscribe(session, '/rooms/7');
    for (const { push } of nodes) {
      const published = push.publish('/rooms/7', 'hello') as unknown as { accepted(): Promise<unknown> };
      await published.accepted();
    }
    await eventually('both', () => got.length === 2, 10_000);
    expect(got).toEqual(['hello', 'hello']);
  });

  it.each([0, 1])('asks the hooks again when node %i says so, and lets the client stay', async (at) => {
    const { nodes, client, denied } = await two();
    const [news, pay] = [client.subscribe('/news'), client.subscribe('/pay')];
    await Promise.all([news.ready, pay.ready]);
    denied.add('/pay');
    await nodes[at]?.push.hub.reauthorize('ann');
    await eventually('it has ended', () => pay.closed, 10_000);
    expect(pay.error).toMatchObject({ code: 'refused' });
    expect([news.closed, client.state]).toEqual([false, 'open']);
  });

  /** A client whose requests all go to one node. */
  function at({ url }: Node): Client {
    const client = createClient(url);
    closing.push(() => client.close());
    return client;
  }

  it('gives all of a stream to who comes late, to any node, and when it is long', async () => {
    const { nodes, client } = await two();
    const words = Array.from({ length: 40 }, (_, n) => `${n} ${'x'.repeat(2000)}`);
    let goOn = (): void => undefined;
    const half = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const first = readingOf(at(nodes[1]), '/answers/1');
    nodes[0].push.stream('/answers/1', async function* () {
      yield* words.slice(0, 30);
      await half;
      yield* words.slice(30);
    });
    await eventually('it has begun', () => first.length === 30, 10_000);
    const late = [at(nodes[1]), at(nodes[1]), at(nodes[0]), client].map((one) =>
      readingOf(one, '/answers/1'),
    );
    await eventually('they have caught up', () => late.every((got) => got.length === 30), 10_000);
    goOn();
    await eventually('it has ended', () => [first, ...late].every((got) => got.length === 41), 10_000);
    for (const got of [first, ...late, readingOf(at(nodes[1]), '/answers/1')]) {
      await eventually('all of it', () => got.length === 41, 10_000);
      expect(got).toEqual([...words, 'end']);
    }
  });

  it('lets a stream be ended from another node by those who may, and says so to all', async () => {
    const { nodes } = await two();
    const endless = async function* (): AsyncGenerator<number> {
      yield 1;
      await new Promise(() => undefined);
    };
    const options = { cancel: ({ principal }: { principal: string | undefined }) => principal === 'ann' };
    const ours = nodes[0].push.stream('/answers/ours', endless(), options);
    nodes[0].push.stream('/answers/theirs', endless(), { cancel: () => false });
    const far = at(nodes[1]);
    const got = [readingOf(far, '/answers/ours'), readingOf(far, '/answers/theirs')];
    await eventually('both have begun', () => got.every(({ length }) => length === 1), 10_000);
    await expect(far.stream('/answers/theirs').cancel()).rejects.toMatchObject({
      serverCode: 'not-authorized',
    });
    await far.stream('/answers/ours').cancel();
    expect(await ours.ended).toBe('cancelled');
    await eventually('the reader knows', () => got[0]?.length === 2, 10_000);
    expect(got).toEqual([[1, 'cancelled'], [1]]);
  });

  it('leaves a stream that no node runs to the handler of its subject, or to nobody', async () => {
    const { nodes } = await two();
    const far = at(nodes[1]);
    await far.subscribe('/answers').ready;
    nodes[1].push.handle('/answers/handled', () => 'by a handler');
    expect(await far.request('/answers/handled', { stream: 'read', after: 0 })).toBe('by a handler');
    await expect(far.request('/answers/none', { stream: 'read', after: 0 })).rejects.toMatchObject({
      serverCode: 'no-handler',
    });
  });
}
