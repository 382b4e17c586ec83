import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes } from './kit.ts';

const news = { subject: '/news', messageId: 'm1' };

// Node `a` holds the session, and has to read its record anew: for the node that has the stream, and for the command. While the command
// waits for it, something happens elsewhere.
async function meanwhile(
  happens: (client: Client) => Promise<unknown>,
): Promise<{ all: Nodes; client: Client }> {
  const all = await nodes();
  const client = await all.client('a');
  await client.does('b', 'subscribe', news);
  const held = all.node('a').session(client.id);
  let loads = 0;
  all.engine.faults.loaded = async () => {
    loads += 1;
    if (loads !== 2) return;
    await happens(client);
    await all.calm();
    expect(held.closed).toBe(true);
  };
  return { all, client };
}

const moving = () => meanwhile((client) => client.does('c', 'listen', { mode: 'poll' }));

describe('a command that waits while its session moves to another node', () => {
  it('finds the subscription that it made before', async () => {
    const { client, all } = await moving();
    const again = await client.does('a', 'subscribe', news);
    const [{ id } = { id: '' }] = all.record(client.id)?.subscriptions ?? [];
    expect(again.lines[0]).toMatchObject({ type: 'subscribe-ack', subscription: id });
  });

  it('subscribes to another subject, once', async () => {
    const { client, all } = await moving();
    const answer = await client.does('a', 'subscribe', { subject: '/more', messageId: 'm2' });
    expect(answer.lines[0]).toMatchObject({ type: 'subscribe-ack', subject: '/more' });
    expect(all.record(client.id)?.subscriptions.map(({ pattern }) => pattern)).toEqual(['/news', '/more']);
  });

  it('ends a subscription', async () => {
    const { client, all } = await moving();
    const answer = await client.does('a', 'unsubscribe', { madeBy: 'm1', messageId: 'm2' });
    expect(answer.lines[0]).toMatchObject({ type: 'unsubscribe-ack', subject: '/news' });
    expect(all.record(client.id)?.subscriptions).toEqual([]);
  });

  it('is carried out behind those before it, several of them in one request, too', async () => {
    const { client, all } = await moving();
    const first = client.does('a', 'subscribe', news);
    const commands = ['/one', '/two'].map((subject) => ({ type: 'subscribe', subject, messageId: subject }));
    const headers = { 'content-type': 'application/json' };
    const batched = { type: 'batch', format: 'ndjson', session: client.id, key: client.key, commands };
    const [, poll, batch] = await Promise.all([
      first,
      client.does('a', 'heartbeat'),
      all.node('a').send({ method: 'POST', headers, body: JSON.stringify(batched) }),
    ]);
    expect(poll.lines[0]).toMatchObject({ type: 'heartbeat-ack' });
    expect(batch.lines.map(({ type }) => type)).toEqual(['subscribe-ack', 'subscribe-ack']);
    expect(all.record(client.id)?.subscriptions).toHaveLength(3);
  });

  it('is refused when the session has ended for good', async () => {
    const { client } = await meanwhile((one) => one.does('c', 'leave'));
    expect((await client.does('a', 'subscribe', news)).status).toBe(410);
  });
});
