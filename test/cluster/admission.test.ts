import { describe, expect, it } from 'vitest';
import { nodes } from './kit.ts';

const validMs = 100_000;

describe('an admission that ends, on any node', () => {
  async function lasting() {
    const all = await nodes({
      handler: {
        authorize: {
          join: () => ({ principal: 'ann', expires: all.runtime.wallTime() + validMs }),
          subscribe: ({ pattern }) => allowed.has(pattern),
        },
      },
    });
    const allowed = new Set(['/news', '/other']);
    const client = await all.client('a');
    await client.does('a', 'subscribe', { subject: '/news' });
    const stream = await client.listens('b', { heartbeats: 'answer' });
    const beats = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 5000) {
        await all.pass(5000);
        await client.does('c', 'heartbeat');
      }
    };
    return { all, client, stream, beats, allowed };
  }

  it('is told where the client listens, and renewed wherever it asks', async () => {
    const { all, client, stream, beats } = await lasting();
    await beats(90_000);
    const told = (await stream.lines()).filter(({ name }) => name === 'token');
    expect(told).toHaveLength(1);
    expect((await client.does('c', 'renew')).lines[0]).toMatchObject({ type: 'renew-ack' });
    await beats(70_000);
    await all.node('a').hub.publish('/news', 1).accepted();
    expect(await stream.items()).toContain('1');
    await beats(60_000);
    expect(stream.outlet.text.trim().split('\n').at(-1)).toContain('"type":"abort","reason":"revoked"');
    expect(all.errors).toEqual([]);
  });

  it.each([
    ['', false, false],
    [', that node lets go of it', false, true],
    [', the engine has lost its record', true, false],
    [', the engine has lost its record, that node lets go of it', true, true],
  ])('ends where the client listens when another node is told to%s', async (_, lost, parked) => {
    const all = await nodes();
    const client = await all.client('a');
    const stream = await client.listens('b', { heartbeats: 'answer' });
    await client.does('a', 'subscribe', { subject: '/news' });
    const beats = async (ms: number): Promise<void> => {
      for (let passed = 0; passed < ms; passed += 5000) {
        await all.pass(5000);
        await client.does('b', 'heartbeat');
      }
    };
    const { hub } = all.node('a');
    const session = all.node('a').session(client.id);
    if (lost) all.engine.records.delete(client.id);
    hub.expire(session, all.runtime.wallTime() + 60_000);
    await all.calm();
    if (parked) hub.cluster?.park(session);
    await beats(50_000);
    expect((await stream.lines()).filter(({ name }) => name === 'token')).toHaveLength(1);
    await beats(15_000);
    expect(stream.outlet.text.trim().split('\n').at(-1)).toContain('"type":"abort","reason":"revoked"');
    expect(all.errors).toEqual([]);
  });

  it('ends when the last of two nodes has said, whichever is heard first', async () => {
    const all = await nodes();
    const client = await all.client('a');
    await client.listens('b', { heartbeats: 'answer' });
    await client.does('a', 'subscribe', { subject: '/news' });
    await client.does('c', 'subscribe', { subject: '/other' });
    const sessionAt = (node: 'a' | 'b' | 'c') => all.node(node).session(client.id);
    all.node('a').hub.expire(sessionAt('a'), all.runtime.wallTime() + 10_000);
    await all.calm();
    all.node('c').hub.expire(sessionAt('c'), all.runtime.wallTime() + 30_000);
    await all.calm();
    for (let passed = 0; passed < 25_000; passed += 5000) {
      await all.pass(5000);
      await client.does('b', 'heartbeat');
    }
    expect(all.node('b').hub.session(client.id)).toBeDefined();
    await all.pass(6000);
    expect(all.node('b').hub.session(client.id)).toBeUndefined();
  });

  it('loses what its subscribe hook refuses, on every node', async () => {
    const { all, client, stream, allowed } = await lasting();
    allowed.delete('/news');
    expect(await all.node('b').hub.reauthorize('ann')).toBe(1);
    await all.calm();
    await all.node('c').hub.publish('/news', 'secret').accepted();
    await all.calm();
    expect((await stream.lines()).map(({ type }) => type)).toContain('revoked');
    const answer = await client.does('c', 'listen', { mode: 'poll', ack: client.cursor ?? '' });
    expect(JSON.stringify([await stream.lines(), answer.lines])).not.toContain('secret');
  });
});
