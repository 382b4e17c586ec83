import { createHandler } from '@cometkit/handler';
import { describe, expect, it } from 'vitest';
import { Cluster, ClusterNode } from '../core/cluster-kit.ts';
import { type Answer, type Client, type Stage, stage } from './kit.ts';

/** Notes when a promise has resolved. */
function watch(promise: Promise<void>): { done: boolean } {
  const seen = { done: false };
  void promise.then(() => {
    seen.done = true;
  });
  return seen;
}

async function listeners(on: Stage, count: number, format = 'ndjson'): Promise<[Client, Answer][]> {
  const all: [Client, Answer][] = [];
  for (let n = 0; n < count; n += 1) {
    const client = await on.join(format);
    all.push([client, await client.does('listen', { subject: '/a' })]);
  }
  return all;
}

const moved = (all: readonly [Client, Answer][]): number =>
  all.filter(([, { outlet }]) => outlet.ended).length;

describe('a drain', () => {
  it('is told to health checks at once, and to nobody else while the balancer notices', async () => {
    const on = stage();
    const all = await listeners(on, 4);
    expect(on.handler.ready()).toBe(true);
    const drained = watch(on.handler.close({ drainMs: 1000, settleMs: 3000 }));
    expect(on.handler.ready()).toBe(false);
    await on.advance(2900);
    expect([moved(all), drained.done, on.hub.closed]).toEqual([0, false, false]);
  });

  it('gives the balancer two seconds unless told otherwise', async () => {
    const on = stage();
    const all = await listeners(on, 1);
    void on.handler.drain({ drainMs: 0 });
    await on.advance(1900);
    expect(moved(all)).toBe(0);
    await on.advance(200);
    expect(moved(all)).toBe(1);
  });

  it('tells streams to move a few at a time, and closes behind the last one', async () => {
    const on = stage();
    const all = await listeners(on, 10);
    const closed = watch(on.handler.close({ drainMs: 1000, settleMs: 0 }));
    await on.advance(500);
    expect(moved(all)).toBeGreaterThanOrEqual(4);
    expect(moved(all)).toBeLessThanOrEqual(6);
    await on.advance(600);
    await on.turn();
    expect([moved(all), closed.done, on.hub.closed]).toEqual([10, true, true]);
  });

  it('names the place to a stream, whose session can go on anywhere from there', async () => {
    const on = stage();
    const [[alice, { outlet }]] = (await listeners(on, 1)) as [[Client, Answer]];
    on.hub.publish('/a', 1);
    await on.turn();
    const here = on.hub.cursor();
    const done = watch(on.handler.drain({ drainMs: 0, settleMs: 0 }));
    await on.advance(100);
    const last = JSON.parse(outlet.text.trim().split('\n').at(-1) ?? '');
    expect(last).toMatchObject({ type: 'refresh', waitMs: 0, cursor: here });
    expect(done.done).toBe(true);
    on.hub.publish('/a', 2);
    const again = await alice.does('listen', { ack: here });
    await on.turn();
    expect(again.outlet.text).toContain('"data":2');
    expect(again.outlet.text).not.toContain('"data":1');
    expect(again.outlet.text).not.toContain('"gap"');
  });

  it('loses nothing that was published in the same turn', async () => {
    const on = stage();
    const [[alice, { outlet }]] = (await listeners(on, 1)) as [[Client, Answer]];
    void on.handler.drain({ drainMs: 0, settleMs: 0 });
    on.runtime.later(() => on.hub.publish('/a', 'late'), 0);
    on.hub.publish('/a', 'early');
    on.runtime.advance(10);
    const again = await alice.does('listen');
    await on.turn();
    const all = outlet.text + again.outlet.text;
    expect([all.split('"early"').length, all.split('"late"').length]).toEqual([2, 2]);
  });

  it('tells a bare EventSource when to come back', async () => {
    const on = stage();
    const { outlet } = await on.get({ type: 'join-listen', subject: '/a', format: 'sse' });
    void on.handler.drain({ drainMs: 0, settleMs: 0 });
    await on.advance(100);
    expect(outlet.text).toMatch(/retry: 0\n\n(.*\n)*.*refresh/);
    expect(outlet.ended).toBe(true);
  });

  it('answers a held poll with the wait, and keeps its session', async () => {
    const on = stage();
    const alice = await on.join('ndjson');
    await alice.does('listen', { subject: '/a', mode: 'long-poll' });
    const held = alice.does('refresh');
    await on.turn();
    void on.handler.drain({ drainMs: 0, settleMs: 0 });
    await on.advance(100);
    expect((await held).body).toContain('"type":"refresh","waitMs":0');
    expect(on.hub.session(alice.id)).toBeDefined();
  });

  it('ends a stream of the original protocol, which knows no other way', async () => {
    const on = stage();
    const [[alice, { outlet }]] = (await listeners(on, 1, 'xml')) as [[Client, Answer]];
    void on.handler.drain({ drainMs: 0, settleMs: 0 });
    await on.advance(100);
    expect(outlet.text).toContain('p_event="abort"');
    expect(on.hub.session(alice.id)).toBeUndefined();
  });

  it('is one for all handlers of a hub', async () => {
    const on = stage();
    const other = createHandler(on.hub, { runtime: on.runtime });
    const all = await listeners(on, 1);
    const both = watch(
      Promise.all([on.handler.close({ drainMs: 0, settleMs: 500 }), other.close({ drainMs: 9000 })]).then(
        () => undefined,
      ),
    );
    expect(other.ready()).toBe(false);
    await on.advance(600);
    await on.turn();
    expect([moved(all), both.done]).toEqual([1, true]);
  });

  it('ends at once for who cannot wait any longer', async () => {
    const on = stage();
    const [[, { outlet }]] = (await listeners(on, 1)) as [[Client, Answer]];
    const first = watch(on.handler.close({ drainMs: 20_000 }));
    await on.handler.close();
    await on.turn();
    expect(first.done).toBe(true);
    expect(outlet.text).toContain('"reason":"shutdown"');
    expect(on.runtime.timers).toBe(0);
  });

  it('serves whoever comes meanwhile', async () => {
    const on = stage();
    void on.handler.drain({ drainMs: 1000 });
    const [[, { outlet }]] = (await listeners(on, 1)) as [[Client, Answer]];
    on.hub.publish('/a', 7);
    await on.turn();
    expect(outlet.text).toContain('"data":7');
  });

  it.each([
    [{ drainMs: -1 }, 'drainMs'],
    [{ settleMs: 1.5 }, 'settleMs'],
    [{ drain: 5 }, 'drain'],
    ['SIGTERM', 'options'],
  ])('refuses %j, naming it', async (options, name) => {
    const on = stage();
    await expect(on.handler.close(options as never)).rejects.toThrow(name);
    expect([on.handler.ready(), on.hub.closed]).toEqual([true, false]);
  });

  it('is over for a hub that is closed', async () => {
    const on = stage();
    on.hub.close();
    expect(on.handler.ready()).toBe(false);
    await on.handler.close({ drainMs: 60_000 });
  });
});

describe('a node of several', () => {
  it('is ready when it has its engine, and not before', async () => {
    const cluster = new Cluster();
    const early = new ClusterNode(cluster, 'early', {});
    const { hub } = await cluster.add();
    const ready = [early.hub, hub].map((one) => createHandler(one, { runtime: cluster.runtime }).ready());
    expect(ready).toEqual([false, true]);
  });

  it('closes when what it has published is in the log', async () => {
    const cluster = new Cluster();
    const { hub } = await cluster.add();
    const { runtime, model } = cluster;
    const handler = createHandler(hub, { runtime });
    model.toRefuse = 1;
    const publication = hub.publish('/a', 1);
    const closed = watch(handler.close({ drainMs: 0, settleMs: 0 }));
    runtime.advance(1);
    await cluster.calm();
    expect([closed.done, hub.closed]).toEqual([false, false]);
    await cluster.pass(1000);
    expect([closed.done, hub.closed, publication.event?.subject]).toEqual([true, true, '/a']);
  });
});
