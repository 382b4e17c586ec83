import { talkOf } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes } from './kit.ts';

const pay = { subject: '/pay', messageId: 'r1', data: '1' };

async function shop(): Promise<{ all: Nodes; client: Client; ran: string[] }> {
  const all = await nodes();
  const ran: string[] = [];
  for (const [name, { hub }] of all.nodes) talkOf(hub as never).handle('/pay', () => void ran.push(name));
  return { all, client: await all.client('a'), ran };
}

describe('a request to the server', () => {
  it('runs once, whichever nodes it is sent to again, and its answer comes to the node of the stream', async () => {
    const { client, ran } = await shop();
    const stream = await client.listens('c');
    for (const name of ['a', 'b', 'a', 'c'])
      expect((await client.does(name, 'request', pay)).lines[0]).toMatchObject({ type: 'request-ack' });
    expect(ran).toEqual(['a']);
    expect(await stream.items()).toHaveLength(1);
    await client.does('b', 'request', { ...pay, messageId: 'r2' });
    expect(ran).toEqual(['a', 'b']);
  });

  it('runs on the node that asked for it when it did not hear that it may', async () => {
    const { all, client, ran } = await shop();
    all.engine.faults.answer = (what) => what === 'create';
    expect((await client.does('a', 'request', pay)).status).toBe(503);
    all.engine.faults.answer = () => false;
    await client.does('b', 'request', pay);
    expect(ran).toEqual([]);
    await client.does('a', 'request', pay);
    await client.does('a', 'request', pay);
    expect(ran).toEqual(['a']);
  });

  it('does not run again on a node that has let go of the session and takes it in anew', async () => {
    const { all, client, ran } = await shop();
    await client.does('a', 'request', pay);
    all.node('a').hub.cluster?.park(all.node('a').session(client.id));
    await client.does('a', 'request', pay);
    expect(ran).toEqual(['a']);
  });

  it('is remembered for a minute, and no longer takes memory then', async () => {
    const { all, client, ran } = await shop();
    await client.does('a', 'request', pay);
    all.node('a').hub.cluster?.park(all.node('a').session(client.id));
    await all.pass(61_000);
    all.engine.forgetNonces();
    await client.does('a', 'request', pay);
    expect(ran).toEqual(['a', 'a']);
  });

  it('runs when it is sent again after it was told that too many run', async () => {
    const { all, client } = await shop();
    const [ran, go]: [unknown[], (() => void)[]] = [[], []];
    talkOf(all.node('a').hub as never).handle('/slow', ({ data }) => {
      ran.push(data);
      return new Promise<void>((resolve) => go.push(resolve));
    });
    const ask = (n: number) =>
      client.does('a', 'request', { subject: '/slow', messageId: `s${n}`, data: `${n}` });
    for (let n = 1; n <= 64; n += 1) await ask(n);
    expect((await ask(65)).status).toBe(503);
    for (const end of go.splice(0)) end();
    await all.calm();
    expect((await ask(65)).lines[0]).toMatchObject({ type: 'request-ack' });
    expect(ran).toHaveLength(65);
  });
});
