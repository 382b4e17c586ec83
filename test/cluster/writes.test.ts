import { describe, expect, it } from 'vitest';
import { type Client, type Nodes, nodes } from './kit.ts';

const news = { subject: '/news' };

// What a command asks of the engine, and the answer that it waits for.
async function asks(all: Nodes, work: () => Promise<unknown>): Promise<readonly string[]> {
  await all.calm();
  all.engine.calls();
  await work();
  await all.calm();
  return all.engine.calls();
}

async function joined(): Promise<{ all: Nodes; client: Client }> {
  const all = await nodes();
  const client = await all.client('a');
  // The first change reads the record, whose revision its node does not know yet.
  await client.does('a', 'subscribe', { subject: '/first' });
  return { all, client };
}

describe('what is asked of the engine', () => {
  it('for a join: one call', async () => {
    const all = await nodes();
    expect(await asks(all, () => all.client('a'))).toEqual(['create']);
  });

  it('for a change of a session that no other node holds: one call', async () => {
    const { all, client } = await joined();
    expect(await asks(all, () => client.does('a', 'subscribe', news))).toEqual(['replace']);
    expect(await asks(all, () => client.does('a', 'unsubscribe'))).toEqual(['replace']);
    expect(await asks(all, () => client.listens('a'))).toEqual(['replace']);
    expect(await asks(all, () => client.does('a', 'leave'))).toEqual(['remove']);
  });

  it('for a change of a session that others may hold: an entry of the log, too', async () => {
    const { all, client } = await joined();
    await client.does('b', 'heartbeat');
    expect(await asks(all, () => client.does('b', 'unsubscribe'))).toEqual(['replace', 'append']);
    expect(await asks(all, () => client.listens('b'))).toEqual(['replace', 'append']);
    expect(await asks(all, () => client.does('b', 'leave'))).toEqual(['remove', 'append']);
  });

  it('for a client that comes to another node: its record, and a note that the node holds it', async () => {
    const { all, client } = await joined();
    expect(await asks(all, () => client.does('b', 'heartbeat'))).toEqual(['load', 'replace']);
    expect(await asks(all, () => client.does('b', 'heartbeat'))).toEqual([]);
  });

  it('for acknowledgements, heartbeats and streams that are open: nothing', async () => {
    const { all, client } = await joined();
    await client.listens('a');
    await client.does('b', 'heartbeat');
    const idle = async () => {
      for (let n = 0; n < 5; n += 1) {
        await client.does('a', 'heartbeat');
        await client.does('b', 'ack', { ack: client.cursor ?? '' });
        await all.pass(1000);
      }
    };
    expect(await asks(all, idle)).toEqual([]);
  });

  it('for a stream that has ended: one call, when nobody came back in five seconds', async () => {
    const { all, client } = await joined();
    const stream = await client.listens('a');
    expect(all.record(client.id)?.owner).toBe('a');
    stream.outlet.close();
    expect(await asks(all, () => all.pass(4900))).toEqual([]);
    expect(await asks(all, () => all.pass(200))).toEqual(['replace']);
    expect(all.record(client.id)?.owner).toBeUndefined();
  });

  it('for a silent client that asks now and then: its life is renewed once in half of it', async () => {
    const { all, client } = await joined();
    const rounds = async () => {
      for (let n = 0; n < 10; n += 1) {
        all.runtime.advance(60_000);
        await client.does('a', 'heartbeat');
        await all.calm();
      }
    };
    // Five leases of two minutes.
    expect(await asks(all, rounds)).toEqual(['touch', 'touch']);
  });
});

describe('an answer of the engine that is lost', () => {
  it.each(['create', 'replace', 'load'] as const)(
    'to %s leads to one subscription and one place',
    async (what) => {
      const all = await nodes();
      const client = await all.client('a');
      const wish = { ...news, messageId: 'm1' };
      let lost = false;
      all.engine.faults.answer = (asked) => {
        const loses = asked === what && !lost;
        lost ||= loses;
        return loses;
      };
      if (what === 'create') {
        const nonce = 'nonce-of-16-or-more';
        expect((await client.join('a', { nonce })).status).toBe(503);
        expect((await client.join('b', { nonce })).status).toBe(200);
      } else expect((await client.does('b', 'subscribe', wish)).status).toBe(503);
      expect((await client.does('c', 'subscribe', wish)).status).toBe(200);
      expect(all.record(client.id)?.subscriptions).toHaveLength(1);
      const stream = await client.listens('b');
      await all.node('a').hub.publish('/news', 1).accepted();
      expect(await stream.items()).toEqual(['1']);
    },
  );
});

describe('the readiness of a node', () => {
  it('ends while it has no engine', async () => {
    const all = await nodes();
    const { handler } = all.node('a');
    expect(handler.ready()).toBe(true);
    all.engine.say('a', 'behind');
    expect(handler.ready()).toBe(false);
    all.engine.say('a', 'live');
    expect(handler.ready()).toBe(true);
  });
});
