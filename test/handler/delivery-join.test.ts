import { describe, expect, it } from 'vitest';
import { Modern, modern } from './delivery-kit.ts';
import { isModern, stage } from './kit.ts';

const nonce = 'a-word-nobody-can-guess';

describe('a join with a nonce', () => {
  it('gives the same session, key and cookie when it is repeated', async () => {
    const world = stage();
    const client = new Modern(world);
    const first = await client.sends('join', { nonce });
    const second = await client.sends('join', { nonce });
    expect(second).toEqual(first);
    expect(second.cookies).toHaveLength(1);
    expect(world.hub.stats().sessions).toBe(1);
  });

  it('gives another session to another nonce, and to the same one a minute later', async () => {
    const world = stage();
    const client = await modern(world, { nonce });
    await modern(world, { nonce: `${nonce}-2` });
    for (let minute = 0; minute < 5; minute += 1) {
      await client.sends('heartbeat');
      await world.advance(14_000);
    }
    const late = await modern(world, { nonce });
    expect(late.id).not.toBe(client.id);
  });

  it('gives another session to another user', async () => {
    let user = 'alice';
    const world = stage({ authorize: { join: () => user } });
    const alice = await modern(world, { nonce });
    user = 'mallory';
    const mallory = await modern(world, { nonce });
    expect(mallory.key).not.toBe(alice.key);
  });

  it('is refused when the nonce could be guessed', async () => {
    const { status, lines } = await new Modern(stage()).sends('join', { nonce: 'short' });
    expect([status, lines]).toMatchObject([400, [{ code: 'invalid-field' }]]);
  });

  it('that listens at once makes one session with one subscription, however often it is sent', async () => {
    const world = stage();
    const fields = { nonce, subject: '/a' };
    const older = await new Modern(world).listens(fields);
    const newer = await new Modern(world).listens(fields);
    world.hub.publish('/a', 1);
    await world.turn();
    expect(world.hub.stats()).toMatchObject({ sessions: 1, subscriptions: 1 });
    expect([older.items(), newer.items()]).toEqual([[], ['1']]);
  });

  it('that listens at once does not end the session when its repeat is refused', async () => {
    let open = true;
    const world = stage({ authorize: { subscribe: () => open } });
    await new Modern(world).listens({ nonce, subject: '/a' });
    open = false;
    await new Modern(world).sends('join-listen', { nonce, subject: '/a' });
    expect(world.hub.stats()).toMatchObject({ sessions: 1, attached: 1 });
  });
});

describe('a join ack', () => {
  it('tells modern clients their key, the version of the wire and where the log ends', async () => {
    const world = stage();
    world.hub.publish('/a', 1);
    expect(await new Modern(world).joins()).toEqual({
      type: 'join-ack',
      session: expect.any(String),
      key: expect.any(String),
      time: expect.any(Number),
      cursor: world.hub.cursor(),
      version: 1,
    });
  });

  it.each(['ndjson', 'sse', 'xml'])('sets in %s a cookie that proves the session', async (format) => {
    const { join, send } = stage();
    const alice = await join(format);
    const headers = { cookie: alice.cookie };
    const query = `p_event=hb&p_id=${alice.id}`;
    const name = isModern(format) ? 'heartbeat-ack' : 'hb-ack';
    expect((await send({ query, headers })).body).toContain(name);
    expect((await send({ query, address: '192.0.2.9' })).status).toBeGreaterThanOrEqual(400);
  });
});

describe('a join with a cursor', () => {
  it('lets subscriptions made before the first listen count from there', async () => {
    const world = stage();
    const seen = world.hub.publish('/a', 'seen');
    for (const word of ['missed', 'too']) world.hub.publish('/a', word);
    const client = await modern(world, { ack: seen.cursor });
    const [ack] = await client.subscribes('/a');
    const channel = await client.listens({ ack: seen.cursor });
    await world.turn();
    expect(ack).toMatchObject({ from: seen.cursor });
    expect(channel.items()).toEqual(['"missed"', '"too"']);
  });

  it('lets those made later count from now on', async () => {
    const world = stage();
    const seen = world.hub.publish('/a', 'seen');
    world.hub.publish('/a', 'missed');
    const client = await modern(world, { ack: seen.cursor });
    await client.listens({ ack: seen.cursor });
    const [ack] = await client.subscribes('/a');
    expect(ack).toMatchObject({ from: world.hub.cursor() });
  });

  it('is answered with a gap first when the log no longer reaches back so far', async () => {
    const world = stage({}, { log: { maxEvents: 2 } });
    const seen = world.hub.publish('/a', 0);
    for (const n of [1, 2, 3]) world.hub.publish('/a', n);
    const client = await modern(world, { ack: seen.cursor });
    await client.subscribes('/a');
    const channel = await client.listens({ ack: seen.cursor });
    await world.turn();
    expect(channel.items()).toEqual(['gap 2-2 trimmed', '2', '3']);
  });

  it('is answered with a gap first when the cursor is from another life of the log', async () => {
    const world = stage();
    world.hub.publish('/a', 1);
    const client = await modern(world, { ack: 'zzzzzzzz-d-1' });
    await client.subscribes('/a');
    const channel = await client.listens({ ack: 'zzzzzzzz-d-1' });
    await world.turn();
    expect(channel.items()).toEqual(['gap 14-0 epoch', '1']);
  });

  it('tells the gap again when the answer that told it was lost', async () => {
    const world = stage();
    world.hub.publish('/a', 1);
    const client = await modern(world, { ack: 'zzzzzzzz-d-1' });
    await client.subscribes('/a');
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const channel = await client.listens({ ack: 'zzzzzzzz-d-1' });
      await world.turn();
      expect(channel.items()).toEqual(['gap 14-0 epoch', '1']);
      channel.outlet.close();
    }
  });

  it('does not make it an acknowledging client: it may be an EventSource', async () => {
    const world = stage();
    await modern(world, { ack: world.hub.cursor() });
    expect([...world.hub.sessions()][0]?.acknowledges).toBe(false);
  });
});
