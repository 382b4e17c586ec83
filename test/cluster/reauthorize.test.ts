import { describe, expect, it } from 'vitest';
import { type Nodes, nodes } from './kit.ts';

interface Office extends Nodes {
  readonly allowed: Set<string>;
  admitted: boolean;
  joins: number;
}

/** Users by header; `allowed` are the subjects that the subscribe hook lets them have. */
async function office(): Promise<Office> {
  const state = { allowed: new Set(['/news', '/pay']), admitted: true, joins: 0 };
  const all = await nodes({
    handler: {
      authorize: {
        join: ({ request }) => {
          state.joins += 1;
          return state.admitted && (request.header('x-user') ?? false);
        },
        subscribe: ({ pattern }) => state.allowed.has(pattern),
      },
    },
  });
  return Object.defineProperties(all, {
    allowed: { value: state.allowed },
    admitted: { get: () => state.admitted, set: (value: boolean) => (state.admitted = value) },
    joins: { get: () => state.joins },
  }) as unknown as Office;
}

const as = (name: string) => ({ headers: { 'x-user': name } });

describe('hub.reauthorize() of one node', () => {
  it('asks about the sessions of a user on all of them, and takes away there what is refused', async () => {
    const all = await office();
    const ann = await all.client('b', 'ndjson', as('ann'));
    const bob = await all.client('b', 'ndjson', as('bob'));
    for (const client of [ann, bob])
      for (const subject of ['/news', '/pay']) await client.does('b', 'subscribe', { subject });
    const [hers, his] = [await ann.listens('b'), await bob.listens('b')];
    all.allowed.delete('/pay');
    expect(await all.node('a').hub.reauthorize('ann')).toBe(0);
    await all.calm();
    expect(
      all
        .node('b')
        .session(ann.id)
        .subscriptions.map(({ pattern }) => pattern),
    ).toEqual(['/news']);
    expect(all.node('b').session(bob.id).subscriptions).toHaveLength(2);
    expect((await hers.lines()).filter(({ type }) => type === 'revoked')).toHaveLength(1);
    expect((await his.lines()).some(({ type }) => type === 'revoked')).toBe(false);
    expect(all.record(ann.id)?.subscriptions).toHaveLength(1);
    expect(all.errors).toEqual([]);
  });

  it('takes a session of the node, whose stream another one has', async () => {
    const all = await office();
    const ann = await all.client('a', 'ndjson', as('ann'));
    await ann.does('a', 'subscribe', { subject: '/pay' });
    await ann.listens('b');
    await ann.does('a', 'heartbeat');
    all.allowed.clear();
    await all.node('a').hub.reauthorize(all.node('a').session(ann.id));
    await all.calm();
    expect(all.node('b').session(ann.id).subscriptions).toEqual([]);
    expect(all.errors).toEqual([]);
  });

  it('tells the client at once, wherever it listens, and ends the session of one who shows nothing', async () => {
    const all = await office();
    const ann = await all.client('b', 'ndjson', as('ann'));
    const stream = await ann.listens('b');
    await all.node('a').hub.reauthorize('ann');
    expect((await stream.lines()).some(({ name }) => name === 'token')).toBe(true);
    await all.pass(11_000);
    expect((await stream.lines()).at(-1)).toMatchObject({ type: 'abort', reason: 'revoked' });
    expect(all.record(ann.id)).toBeUndefined();
  });

  it.each(['b', 'c'])('lets one stay who shows fresh credentials to node %s', async (name) => {
    const all = await office();
    const ann = await all.client('b', 'ndjson', as('ann'));
    await ann.does('c', 'heartbeat');
    const stream = await ann.listens('b');
    await all.node('a').hub.reauthorize('ann');
    await all.calm();
    expect((await ann.does(name, 'renew')).status).toBe(200);
    await all.pass(30_000);
    expect((await stream.lines()).some(({ type }) => type === 'abort')).toBe(false);
    expect(all.node('b').session(ann.id).closed).toBe(false);
    expect(all.record(ann.id)?.expires).toBeUndefined();
  });

  it('asks before the next command of a session that no node held', async () => {
    const all = await office();
    const ann = await all.client('a', 'ndjson', as('ann'));
    for (const subject of ['/news', '/pay']) await ann.does('a', 'subscribe', { subject });
    all.node('a').hub.cluster?.park(all.node('a').session(ann.id));
    all.allowed.delete('/pay');
    await all.node('b').hub.reauthorize('ann');
    await all.calm();
    await ann.does('c', 'heartbeat');
    expect(
      all
        .node('c')
        .session(ann.id)
        .subscriptions.map(({ pattern }) => pattern),
    ).toEqual(['/news']);
    await all.pass(11_000);
    expect((await ann.does('c', 'heartbeat')).body).toContain('unknown-session');
  });

  it('asks a join hook of another node again, which had not answered yet', async () => {
    const verdicts: ((principal: string | false) => void)[] = [];
    const all = await nodes({
      handler: {
        authorize: { join: () => new Promise<string | false>((resolve) => verdicts.push(resolve)) },
      },
    });
    const joining = all.client('b');
    await all.calm();
    await all.node('a').hub.reauthorize('ann');
    await all.calm();
    verdicts[0]?.('ann');
    await all.calm();
    expect(verdicts).toHaveLength(2);
    verdicts[1]?.(false);
    await joining;
    expect([...all.node('b').hub.sessions()]).toEqual([]);
  });

  it.each(['a', 'b'])(
    'asks about a subscription that node b is writing when node %s says so',
    async (name) => {
      for (let microtasks = 1; microtasks < 24; microtasks += 1) {
        let [allowed, asked] = [true, 0];
        const later = async () => {
          for (let left = microtasks; left > 0; left -= 1) await undefined;
          allowed = false;
          await all.node(name).hub.reauthorize('ann');
        };
        const all: Nodes = await nodes({
          names: ['a', 'b'],
          handler: {
            authorize: {
              join: () => 'ann',
              subscribe() {
                asked += 1;
                if (asked === 1) void later();
                return allowed;
              },
            },
          },
        });
        const ann = await all.client('b');
        await ann.listens('b');
        await ann.does('b', 'subscribe', { subject: '/pay' });
        await all.calm();
        expect(all.node('b').session(ann.id).subscriptions).toEqual([]);
        expect(all.record(ann.id)?.subscriptions).toEqual([]);
      }
    },
  );

  it('refuses what is neither a session nor a name', async () => {
    const all = await office();
    await expect(all.node('a').hub.reauthorize(undefined as never)).rejects.toThrow(TypeError);
    expect(all.errors).toEqual([]);
  });
});
