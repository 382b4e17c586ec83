import { describe, expect, it } from 'vitest';
import { type Nodes, nodes } from './kit.ts';

const named = (): Promise<Nodes> =>
  nodes({ handler: { authorize: { join: ({ request }) => request.header('x-user') ?? true } } });
const as = (name: string) => ({ headers: { 'x-user': name } });

describe('hub.disconnect() of one node', () => {
  it('ends the sessions of a user on all of them, and tells their streams', async () => {
    const all = await named();
    const [first, second] = [
      await all.client('a', 'ndjson', as('ann')),
      await all.client('b', 'ndjson', as('ann')),
    ];
    const other = await all.client('b', 'ndjson', as('bob'));
    const [here, there, his] = [
      await first.listens('a', { subject: '/news' }),
      await second.listens('b', { subject: '/news' }),
      await other.listens('b', { subject: '/news' }),
    ];
    expect(all.node('c').hub.disconnect('ann')).toBe(0);
    await all.calm();
    for (const stream of [here, there])
      expect((await stream.lines()).at(-1)).toMatchObject({ type: 'abort', reason: 'revoked' });
    for (const { id } of [first, second]) expect(all.record(id)).toBeUndefined();
    await all.node('a').hub.publish('/news', 1).accepted();
    expect(await his.items()).toEqual(['1']);
    expect(all.errors).toEqual([]);
  });

  it('tells how many there were here, with the reason that was given', async () => {
    const all = await named();
    const client = await all.client('a', 'ndjson', as('ann'));
    const other = await all.client('b', 'ndjson', as('ann'));
    const reasons: string[] = [];
    for (const name of ['a', 'b'])
      all.node(name).hub.on('session-closed', ({ id }, reason) => reasons.push(`${name} ${id} ${reason}`));
    expect(all.node('a').hub.disconnect('ann', 'overflow')).toBe(1);
    await all.calm();
    expect(reasons).toEqual([`a ${client.id} overflow`, `b ${other.id} overflow`]);
  });

  it('ends a session that no node holds, for whichever node it comes to', async () => {
    const all = await named();
    const client = await all.client('a', 'ndjson', as('ann'));
    await client.does('a', 'subscribe', { subject: '/news' });
    all.node('a').hub.cluster?.park(all.node('a').session(client.id));
    all.node('b').hub.disconnect('ann');
    await all.calm();
    for (let n = 0; n < 3; n += 1) {
      const answer = await client.does('c', 'heartbeat');
      expect(answer.body).toContain('unknown-session');
    }
    expect(all.record(client.id)).toBeUndefined();
  });

  it('leaves a user alone who has joined again since', async () => {
    const all = await named();
    await all.client('a', 'ndjson', as('ann'));
    all.node('a').hub.disconnect('ann');
    await all.calm();
    const again = await all.client('a', 'ndjson', as('ann'));
    await all.calm();
    expect((await again.does('b', 'subscribe', { subject: '/news' })).status).toBe(200);
  });

  it('takes any name', async () => {
    const all = await named();
    const names = ['all of "x"', 'a\u0000\n"b\u{1f600}', '\ud800'];
    for (const name of names) {
      const session = all.node('b').hub.join({ principal: name });
      all.node('a').hub.disconnect(name);
      await all.calm();
      expect(session.closed).toBe(true);
    }
    expect(all.errors).toEqual([]);
  });
});
