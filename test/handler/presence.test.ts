import type { HandlerOptions } from '@cometkit/handler';
import { createHub } from '@cometkit/handler';
import { beforeEach, describe, expect, it } from 'vitest';
import { watchPresence } from '../../packages/handler/src/presence/watch-presence.ts';
import { type Client, Stage } from './kit.ts';

const user: HandlerOptions = {
  authorize: { join: ({ request }) => request.header('x-user') ?? true, publish: true },
};
let on: Stage;

beforeEach(() => {
  on = new Stage(user);
  on.hub.presence = watchPresence(on.hub, ['/rooms/**', '/lobby'], on.runtime);
});

/** A client that listens over a stream. */
async function come(subject: string, name?: string): Promise<Client & { close(): Promise<void> }> {
  const client = await on.join('ndjson', name === undefined ? {} : { headers: { 'x-user': name } });
  const { outlet } = await client.does('listen', { subject });
  await on.turn();
  const close = async () => {
    outlet.close();
    await on.turn();
  };
  return Object.assign(client, { close });
}

/** What a watcher of a room is told. */
async function watching(subject: string): Promise<() => Promise<string[]>> {
  const watcher = await on.join('ndjson');
  const { outlet } = await watcher.does('listen', { subject: `/$presence${subject}` });
  return async () => {
    await on.turn();
    const events = outlet.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return events
      .filter(({ type }) => type === 'data')
      .map(({ data }) => `${data.change} ${data.member.principal ?? 'somebody'} ${data.count}`);
  };
}

const at = (subject: string) => on.hub.presence(subject).map(({ id, principal }) => principal ?? id);

describe('presence', () => {
  it('is whoever listens to exactly a subject, in the order of their coming', async () => {
    await come('/rooms/1', 'ada');
    const bob = await come('/lobby,/rooms/1');
    await come('/rooms/2', 'eve');
    expect(at('/rooms/1')).toEqual(['ada', bob.id]);
    expect(at('/lobby')).toEqual([bob.id]);
    expect(on.hub.presence('/rooms/1', { count: true })).toBe(2);
    expect(on.hub.presence('/rooms/1')[0]).toEqual({ id: 'ada', principal: 'ada' });
    expect(on.hub.presence('/rooms/1')[1]).toEqual({ id: bob.id });
  });

  it('has nobody outside of its patterns, nor who listens to many subjects at once', async () => {
    await come('/secret', 'ada');
    await come('/rooms/**', 'eve');
    await come('/rooms/*', 'eve');
    for (const subject of ['/secret', '/rooms/**', '/rooms/*', '/rooms/1', '/nowhere'])
      expect(at(subject)).toEqual([]);
  });

  it('counts a user with several tabs once, until the last has gone', async () => {
    const told = await watching('/rooms/1');
    const [first, second] = [await come('/rooms/1', 'ada'), await come('/rooms/1', 'ada')];
    expect(at('/rooms/1')).toEqual(['ada']);
    await first.close();
    await on.advance(6000);
    expect(at('/rooms/1')).toEqual(['ada']);
    await second.close();
    await on.advance(4900);
    expect(at('/rooms/1')).toEqual(['ada']);
    await on.advance(200);
    expect(at('/rooms/1')).toEqual([]);
    expect(await told()).toEqual(['joined ada 1', 'left ada 0']);
  });

  it('is silent about a client that comes back in time, with its session or with another', async () => {
    const told = await watching('/rooms/1');
    const ada = await come('/rooms/1', 'ada');
    await ada.close();
    await on.advance(3000);
    const { outlet } = await ada.does('listen');
    await on.advance(9000);
    outlet.close();
    await on.advance(4000);
    await come('/rooms/1', 'ada');
    await on.advance(9000);
    expect(await told()).toEqual(['joined ada 1']);
  });

  it('tells at once of a client that unsubscribes, and within the grace of one that leaves', async () => {
    const told = await watching('/rooms/1');
    const [ada, bob] = [await come('/rooms/1', 'ada'), await come('/rooms/1', 'bob')];
    await ada.does('unsubscribe');
    expect(await told()).toEqual(['joined ada 1', 'joined bob 2', 'left ada 1']);
    await bob.does('leave');
    expect(await told()).toHaveLength(3);
    await on.advance(5100);
    expect((await told()).at(-1)).toBe('left bob 0');
  });

  it('takes two subscriptions to one subject for one', async () => {
    const ada = await come('/rooms/1', 'ada');
    const { body } = await ada.does('subscribe', { subject: '/rooms/1' });
    await ada.does('unsubscribe', {
      subscription: JSON.parse(body.trim().split('\n')[0] ?? '').subscription,
    });
    expect(at('/rooms/1')).toEqual(['ada']);
  });

  it('keeps who polls now and then, until the lease ends', async () => {
    const ada = await on.join('ndjson', { headers: { 'x-user': 'ada' } });
    await ada.does('listen', { subject: '/rooms/1', mode: 'poll' });
    await on.advance(60_000);
    expect(at('/rooms/1')).toEqual(['ada']);
    await on.advance(120_000);
    expect(at('/rooms/1')).toEqual([]);
  });

  it('keeps who polls and is held', async () => {
    const told = await watching('/rooms/1');
    const ada = await on.join('ndjson', { headers: { 'x-user': 'ada' } });
    await ada.does('listen', { subject: '/rooms/1', mode: 'long-poll' });
    for (let n = 0; n < 3; n += 1) {
      const held = ada.does('refresh');
      await on.advance(12_000);
      await held;
    }
    expect(await told()).toEqual(['joined ada 1']);
  });

  it('leaves no timer behind a hub that is closed', async () => {
    const ada = await come('/rooms/1', 'ada');
    await ada.close();
    on.hub.close();
    expect(at('/rooms/1')).toEqual([]);
    expect(on.runtime.timers).toBe(0);
  });
});

describe('a question for who is there', () => {
  it('is answered to who may hear of comings and goings there, and to nobody else', async () => {
    await come('/rooms/1', 'ada');
    const watcher = await on.join('ndjson');
    const { outlet } = await watcher.does('listen', { subject: '/$presence/rooms/1' });
    for (const subject of ['/rooms/1', '/rooms/2']) {
      const body = JSON.stringify({
        type: 'request',
        session: watcher.id,
        subject: '/$presence',
        data: subject,
        messageId: `q${subject}`,
        format: 'ndjson',
      });
      await on.send({ body, headers: { 'content-type': 'application/json', cookie: watcher.cookie } });
      await on.turn();
    }
    expect(outlet.text).toContain('"members":[{"id":"ada","principal":"ada"}]');
    expect(outlet.text).toContain('not-authorized');
  });
});

describe('what only the server tells', () => {
  it.each(['/$presence', '/$presence/rooms/1'])('cannot be published by a client: %s', async (subject) => {
    const ada = await come('/rooms/1', 'ada');
    const before = on.hub.stats().published;
    const { status, body } = await ada.does('publish', { subject, data: '1' });
    expect(status).toBe(403);
    expect(body).toContain('not-authorized');
    expect(on.hub.stats().published).toBe(before);
  });
});

describe('the option', () => {
  it('names the pattern that is none', () => {
    expect(() => createHub({ presence: ['rooms'] })).toThrow('`presence` holds "rooms"');
    expect(() => createHub({ presence: '/rooms' as never })).toThrow('presence');
  });

  it('left out, nobody is anywhere', () => {
    const hub = createHub();
    expect([hub.presence('/a'), hub.presence('/a', { count: true })]).toEqual([[], 0]);
    hub.close();
  });
});
