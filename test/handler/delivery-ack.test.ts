import { describe, expect, it } from 'vitest';
import { openingPauseMs } from '../../packages/handler/src/transports/opening-frames.ts';
import { type Line, modern } from './delivery-kit.ts';
import { stage } from './kit.ts';

async function reading(hubOptions: Parameters<typeof stage>[1] = {}) {
  const world = stage({ authorize: { publish: true } }, hubOptions);
  const client = await modern(world);
  await client.subscribes('/a');
  const channel = await client.listens({ ack: client.start });
  const [session] = [...world.hub.sessions()];
  if (session === undefined) throw new Error('no session');
  return { ...world, world, client, channel, session };
}

describe('an acknowledgement', () => {
  it.each<[string, Line]>([
    ['ack', {}],
    ['heartbeat', {}],
    ['subscribe', { subject: '/b' }],
    ['unsubscribe', {}],
    ['publish', { subject: '/b', data: 1 }],
  ])('may come with %s', async (event, fields) => {
    const { hub, turn, client, session } = await reading();
    const { cursor } = hub.publish('/a', 1);
    await turn();
    await client.sends(event, { ...fields, ack: cursor });
    expect([session.acked, session.taken]).toEqual([1, 1]);
  });

  it.each([
    ['listen', {}],
    ['refresh', {}],
  ])('makes on %s an acknowledging client of one that reads ndjson', async (event, fields) => {
    const world = stage();
    const client = await modern(world);
    const { cursor } = world.hub.publish('/b', 1);
    await client.sends(event, { ...fields, mode: 'poll', ack: cursor });
    expect([...world.hub.sessions()][0]?.acknowledges).toBe(true);
  });

  it('makes one of an EventSource only if that promises to answer heartbeats', async () => {
    for (const [fields, acknowledges] of [
      [{}, false],
      [{ heartbeats: 'answer' }, true],
    ] as const) {
      const world = stage();
      const client = await modern(world);
      await client.listens({ format: 'sse', ack: client.start, ...fields });
      expect([...world.hub.sessions()][0]?.acknowledges).toBe(acknowledges);
    }
  });

  it('counts up to its place and not further', async () => {
    const { hub, turn, client, session } = await reading();
    const events = [1, 2, 3].map((n) => hub.publish('/a', n));
    await turn();
    await client.sends('ack', { ack: events[1]?.cursor });
    expect([session.acked, session.taken]).toEqual([2, 3]);
  });

  it('lets go of what was received: a later channel begins behind it', async () => {
    const { hub, turn, client } = await reading();
    const events = [1, 2, 3].map((n) => hub.publish('/a', n));
    await turn();
    await client.sends('ack', { ack: events[1]?.cursor });
    const again = await client.listens();
    await turn();
    expect(again.items()).toEqual(['3']);
  });
});

describe('an acknowledgement that proves nothing', () => {
  const forge = (cursor: string) => cursor.replace(/\w+$/, 'zzz');

  it.each<[string, (cursors: readonly string[], tail: string) => string]>([
    ['forged', ([, second = '']) => forge(second)],
    ['of something that was published and not handed out', (_cursors, tail) => tail],
    ['of a place that the log has not reached', ([first = '']) => first.replace(/-1-/, '-zzzz-')],
    ['late', ([first = '']) => first],
    ['from another life of the log', ([first = '']) => first.replace(/^\w+/, 'zzzzzzzz')],
  ])('changes nothing and is counted: %s', async (_what, choose) => {
    const { hub, turn, client, session } = await reading();
    const events = [1, 2, 3].map((n) => hub.publish('/a', n));
    await turn();
    await client.sends('ack', { ack: events[1]?.cursor });
    const unsent = hub.publish('/a', 4);
    const { status } = await client.sends('ack', {
      ack: choose(
        events.map(({ cursor }) => cursor),
        unsent.cursor,
      ),
    });
    expect([status, session.acked, hub.stats().refusedAcks]).toEqual([200, 2, 1]);
  });

  it('is refused when it is no cursor at all', async () => {
    const { client } = await reading();
    expect((await client.sends('ack', { ack: 'x' })).lines).toMatchObject([
      { status: 400, code: 'invalid-cursor' },
    ]);
  });

  it.each(['listen', 'refresh'])('on %s gives what was not acknowledged once more', async (event) => {
    const { hub, turn, client, session } = await reading();
    const { cursor } = hub.publish('/a', 1);
    await turn();
    const { lines } = await client.sends(event, { mode: 'long-poll', ack: forge(cursor) });
    expect(session.acked).toBe(0);
    expect(hub.stats().refusedAcks).toBe(1);
    if (event === 'refresh') expect(lines).toMatchObject([{}, { data: 1 }, {}]);
  });

  it('says nothing when it is about a channel that was taken over', async () => {
    const { hub, turn, client, channel, session } = await reading();
    const [ack] = channel.lines();
    const { cursor } = hub.publish('/a', 1);
    await turn();
    await client.listens({ ack: client.start });
    await turn();
    await client.sends('ack', { ack: cursor, generation: ack?.['generation'] });
    expect([session.acked, hub.stats().refusedAcks]).toEqual([0, 1]);
    await client.sends('ack', { ack: cursor, generation: 2 });
    expect(session.acked).toBe(1);
  });
});

describe('a stream of an acknowledging client', () => {
  it('never takes what was written for received', async () => {
    const { hub, turn, channel, client, session } = await reading();
    hub.publish('/a', 1);
    await turn();
    channel.outlet.close();
    expect(session.acked).toBe(0);
    const again = await client.listens({ ack: client.start });
    await turn();
    expect(again.items()).toEqual(['1']);
  });

  it('ends without a word when nothing was acknowledged for too long, and can be taken up again', async () => {
    const { hub, turn, advance, channel, client } = await reading({ ackTimeoutMs: 5000 });
    hub.publish('/a', 1);
    await turn();
    await advance(5200);
    expect([channel.outlet.ended, channel.lines().at(-1)?.['type']]).toEqual([true, 'data']);
    const again = await client.listens({ ack: client.start });
    await turn();
    expect(again.items()).toEqual(['1']);
  });
});

describe('what a channel of a modern client begins with', () => {
  it('is where it stands, which of the session it is, and how long it may be silent', async () => {
    const { client, channel, hub } = await reading();
    expect(channel.lines()[0]).toMatchObject({ cursor: client.start, generation: 1, idleMs: 10_000 });
    const again = await client.sends('listen', { mode: 'long-poll', ack: client.start });
    expect(again.lines[0]).toMatchObject({ cursor: client.start, generation: 2, idleMs: 10_000 });
    hub.publish('/a', 1);
    const { lines } = await client.sends('refresh', { ack: client.start });
    expect(lines[0]).toMatchObject({ type: 'refresh-ack', generation: 3 });
  });

  it('is the same in the classic format of an iframe, where events carry their place too', async () => {
    const { client, hub, advance } = await reading();
    const channel = await client.listensIn('js', { ack: client.start });
    const { cursor } = hub.publish('/a', { deep: ['"</script>'] });
    await advance(openingPauseMs);
    const { text } = channel.outlet;
    expect(text).toContain(`'p_cur', "${client.start}"`);
    expect(text).toContain(`'p_cur', "${cursor}"`);
    expect(text).toMatch(/'data', "\{\\u0022deep\\u0022:\[/);
  });
});
