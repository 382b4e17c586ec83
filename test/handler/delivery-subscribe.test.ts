import { describe, expect, it } from 'vitest';
import { itemsOf, Modern, modern } from './delivery-kit.ts';
import { type Stage, stage } from './kit.ts';

function says(world: Stage, ...words: readonly (string | number)[]): void {
  for (const word of words) world.hub.publish('/a', word);
}

describe('a subscribe that asks for the past', () => {
  it.each([
    ['all since a cursor', (start: string) => ({ since: start }), ['1', '2', '3']],
    ['the last so many', () => ({ last: 2 }), ['2', '3']],
    ['none when it asks for none', () => ({ last: 0 }), []],
    ['the newest of each subject', () => ({ latest: true }), ['3']],
  ])('gets %s in the answer, behind the acknowledgement', async (_what, query, expected) => {
    const world = stage();
    const client = await modern(world);
    says(world, 1, 2, 3);
    const [ack, ...past] = await client.subscribes('/a', query(client.start));
    expect(ack).toMatchObject({ type: 'subscribe-ack', past: expected.length });
    expect(itemsOf(past)).toEqual(expected);
  });

  it('is told where live begins, and gets nothing twice and nothing left out', async () => {
    const world = stage();
    const client = await modern(world);
    const channel = await client.listens();
    says(world, 1, 2);
    const [ack, ...past] = await client.subscribes('/a', { since: client.start });
    says(world, 3);
    await world.turn();
    expect(ack).toMatchObject({ from: expect.stringMatching(/^\w+-2-\w+$/) });
    expect([...itemsOf(past), ...channel.items()]).toEqual(['1', '2', '3']);
  });

  it('is told by a gap what the log no longer holds, before the rest', async () => {
    const world = stage({}, { log: { maxEvents: 2 } });
    const client = await modern(world);
    says(world, 1, 2, 3, 4);
    const [, ...past] = await client.subscribes('/a', { since: client.start });
    expect(itemsOf(past)).toEqual(['gap 1-2 trimmed', '3', '4']);
  });

  it('gets at most 1000 events in one answer, and a gap for the rest', async () => {
    const world = stage();
    const client = await modern(world);
    for (let n = 1; n <= 1005; n += 1) says(world, n);
    const [ack, gap, ...past] = await client.subscribes('/a', { since: client.start });
    expect(ack).toMatchObject({ past: 1001 });
    expect(gap).toMatchObject({ type: 'gap', from: 1, to: 5, reason: 'overflow', count: 5 });
    expect(itemsOf(past).slice(0, 2)).toEqual(['6', '7']);
  });

  it('gets the last 1000 when it asks for more', async () => {
    const world = stage();
    const client = await modern(world);
    for (let n = 1; n <= 1005; n += 1) says(world, n);
    const [, ...past] = await client.subscribes('/a', { last: 5000 });
    expect(itemsOf(past)).toHaveLength(1000);
  });

  it.each([{ last: 100 }, { since: 'start' }])(
    'gets at most a mebibyte in one answer, and a gap for the rest: %j',
    async (query) => {
      const world = stage();
      const client = await modern(world);
      for (let n = 0; n < 40; n += 1) says(world, 'x'.repeat(60_000));
      const asked = 'since' in query ? { since: client.start } : query;
      const [, first, ...past] = await client.subscribes('/a', asked);
      expect(first).toMatchObject({ type: 'gap', from: 1, to: 40 - past.length });
      expect(JSON.stringify(past).length).toBeLessThan(1.1 * 1_048_576);
    },
  );

  it('is refused when it asks in two ways, or for no number', async () => {
    const world = stage();
    const client = await modern(world);
    for (const query of [{ last: 1, latest: true }, { last: 'x' }, { since: 'x' }]) {
      expect(await client.subscribes('/a', query)).toMatchObject([{ status: 400 }]);
    }
    expect(world.hub.stats().subscriptions).toBe(0);
  });

  it('gets of a forged cursor a gap and nothing more', async () => {
    const world = stage();
    const client = await modern(world);
    says(world, 1);
    const forged = client.start.replace(/-0-\w+$/, '-zz-1');
    const [, ...past] = await client.subscribes('/a', { since: forged });
    expect(itemsOf(past)).toEqual([expect.stringMatching(/^gap \d+-1 fork$/)]);
  });
});

describe('a subscribe with a message id', () => {
  it('makes one subscription, however often it is sent', async () => {
    const world = stage();
    const client = await modern(world);
    const [first] = await client.subscribes('/a', { messageId: 's1' });
    says(world, 1);
    const [second] = await client.subscribes('/a', { messageId: 's1' });
    expect(second).toEqual(first);
    expect(world.hub.stats().subscriptions).toBe(1);
  });

  it('gets the past again up to where live began', async () => {
    const world = stage();
    const client = await modern(world);
    says(world, 1);
    await client.subscribes('/a', { messageId: 's1', since: client.start });
    says(world, 2);
    const [, ...past] = await client.subscribes('/a', { messageId: 's1', since: client.start });
    expect(itemsOf(past)).toEqual(['1']);
  });

  it('does not bring back a subscription that was ended', async () => {
    const world = stage();
    const client = await modern(world);
    const [ack] = await client.subscribes('/a', { messageId: 's1' });
    await client.sends('unsubscribe', { subscription: ack?.['subscription'] });
    expect(await client.subscribes('/a', { messageId: 's1' })).toEqual([ack]);
    expect(world.hub.stats().subscriptions).toBe(0);
  });

  it('is asked about by the hook each time', async () => {
    let open = true;
    const client = await modern(stage({ authorize: { subscribe: () => open } }));
    await client.subscribes('/a', { messageId: 's1' });
    open = false;
    expect(await client.subscribes('/a', { messageId: 's1' })).toMatchObject([{ status: 403 }]);
  });

  it('is forgotten behind 512 others', async () => {
    const world = stage();
    const client = await modern(world);
    for (let n = 0; n < 513; n += 1) {
      const [ack] = await client.subscribes('/a', { messageId: `s${n}` });
      await client.sends('unsubscribe', { subscription: ack?.['subscription'] });
    }
    await client.subscribes('/a', { messageId: 's1' });
    expect(world.hub.stats().subscriptions).toBe(0);
    await client.subscribes('/a', { messageId: 's0' });
    expect(world.hub.stats().subscriptions).toBe(1);
  });
});

describe('an unsubscribe with a message id', () => {
  it('ends nothing that was made since, when it is sent again', async () => {
    const world = stage();
    const client = await modern(world);
    await client.subscribes('/a');
    await client.sends('unsubscribe', { messageId: 'u1' });
    await client.subscribes('/b');
    expect((await client.sends('unsubscribe', { messageId: 'u1' })).lines).toMatchObject([
      { type: 'unsubscribe-ack' },
    ]);
    expect(world.hub.stats().subscriptions).toBe(1);
  });
});

describe('a first listen that asks for the past of its subject', () => {
  it.each([
    ['since', (start: string) => ({ since: start })],
    ['last', () => ({ last: 2 })],
  ])('gets it with %s over the stream, in its natural order', async (_name, query) => {
    const world = stage();
    const client = await modern(world);
    says(world, 1, 2);
    const channel = await client.listens({ subject: '/a', ...query(client.start) });
    says(world, 3);
    await world.turn();
    expect(channel.items()).toEqual(['1', '2', '3']);
  });

  it('gets the rest again when the stream was cut within the past', async () => {
    const world = stage();
    const client = await modern(world);
    says(world, 1, 2, 3);
    const channel = await client.listens({ subject: '/a', last: 3 });
    await world.turn();
    const [first] = channel.lines().filter((line) => line['type'] === 'data');
    const again = await client.listens({ ack: first?.['cursor'] });
    await world.turn();
    expect(again.items()).toEqual(['2', '3']);
  });

  it('gets with latest the newest of each subject in front of the stream', async () => {
    const world = stage();
    for (const [subject, n] of [
      ['/a/x', 1],
      ['/a/y', 2],
      ['/a/x', 3],
    ] as const)
      world.hub.publish(subject, n);
    const channel = await new Modern(world).listens({ subject: '/a', latest: true });
    world.hub.publish('/a/z', 4);
    await world.turn();
    expect(channel.items()).toEqual(['2', '3', '4']);
  });

  it('gets with latest all that followed when the stream was cut there', async () => {
    const world = stage();
    const client = await modern(world);
    for (const [subject, n] of [
      ['/a/x', 1],
      ['/a/y', 2],
      ['/a/x', 3],
    ] as const)
      world.hub.publish(subject, n);
    const channel = await client.listens({ subject: '/a', latest: true });
    await world.turn();
    const [first] = channel.lines().filter((line) => line['type'] === 'data');
    const again = await client.listens({ ack: first?.['cursor'] });
    await world.turn();
    expect([first?.['data'], ...again.items()]).toEqual([2, '3']);
  });

  it('gets a gap first when the log no longer reaches back so far', async () => {
    const world = stage({}, { log: { maxEvents: 1 } });
    const client = await modern(world);
    says(world, 1, 2);
    const channel = await client.listens({ subject: '/a', since: client.start });
    await world.turn();
    expect(channel.items()).toEqual(['gap 1-1 trimmed', '2']);
  });

  it('does not lose what was sent to the session itself before', async () => {
    const world = stage();
    const client = await modern(world);
    world.hub.send(client.id, '/for-you', 'mine');
    says(world, 1, 2);
    const channel = await client.listens({ subject: '/a', last: 1 });
    await world.turn();
    expect(channel.items()).toEqual(['"mine"', '2']);
  });

  it('gets it in a pull with the first refresh', async () => {
    const world = stage();
    const client = await modern(world);
    says(world, 1, 2);
    const { lines } = await client.sends('listen', { mode: 'long-poll', subject: '/a', last: 2 });
    expect(itemsOf(lines)).toEqual([]);
    const answer = await client.sends('refresh', { ack: lines[0]?.['cursor'] });
    expect(itemsOf(answer.lines)).toEqual(['1', '2']);
  });

  it('is over when it comes with a cursor: a client that resumes has the past behind it', async () => {
    const world = stage();
    const client = await modern(world);
    says(world, 1);
    const channel = await client.listens({ subject: '/a', last: 1, ack: client.start });
    await world.turn();
    expect(channel.items()).toEqual([]);
  });
});

describe('a later listen that asks for the past', () => {
  it('is refused a client that keeps its place, and leaves no subscription behind', async () => {
    const world = stage();
    const client = await modern(world);
    await client.listens();
    const { lines } = await client.sends('listen', { subject: '/a', last: 1 });
    expect(lines).toMatchObject([{ status: 400, code: 'invalid-field' }]);
    expect(world.hub.stats().subscriptions).toBe(0);
  });

  it('gets it at once in a classic format, which has no places', async () => {
    const { join, hub } = stage();
    const alice = await join('xml');
    await alice.does('listen');
    hub.publish('/a', { x: 1 });
    expect((await alice.does('listen', { subject: '/a', last: '1' })).body).toContain('x="1"');
  });

  it('names the subscription that it made before when it is the same once more', async () => {
    const world = stage();
    const client = await modern(world);
    const fields = { subject: '/a', last: 5 };
    says(world, 1);
    const [first] = (await client.listens(fields)).lines();
    const again = await client.listens(fields);
    await world.turn();
    const [second] = again.lines();
    expect(second?.['subscription']).toBe(first?.['subscription']);
    expect(world.hub.stats().subscriptions).toBe(1);
  });

  it('makes another subscription for another label', async () => {
    const { join, hub } = stage();
    const alice = await join('xml');
    for (const label of ['one', 'two']) await alice.does('listen', { subject: '/a', label });
    expect(hub.stats().subscriptions).toBe(2);
  });
});
