import type { MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { type Manners, Poller } from './delivery-kit.ts';
import { stage } from './kit.ts';

type Options = Parameters<typeof stage>[0];

async function polling(manners: Manners = {}, options: Options = {}) {
  const world = stage(options);
  const poller = new Poller(world, manners);
  await poller.starts();
  const say = (...xs: (number | string)[]) => {
    for (const x of xs) world.hub.publish('/a', { x: String(x) });
  };
  const wait = () => world.advance(2000);
  return { ...world, poller, say, wait };
}

const without: Manners = { cookies: false };

describe('E4: a cursor', () => {
  it('is believed on p_ack, and the stream goes on behind it', async () => {
    const { poller, hub, say } = await polling(without);
    say(1, 2);
    await poller.loses();
    const ack = hub.cursor();
    say(3);
    expect(await poller.refreshes({ ack })).toBe('3');
  });

  it('is believed as Last-Event-ID, which has the word before an ack of the address', async () => {
    const { hub, get, turn } = stage();
    const start = hub.cursor();
    const address = { type: 'join-listen', subject: '/a', format: 'sse', ack: start };
    const first = await get(address);
    const seen = hub.publish('/a', 'seen');
    await turn();
    first.outlet.close();
    hub.publish('/a', 'missed');
    const second = await get(address, { headers: { 'last-event-id': seen.cursor } });
    await turn();
    expect(second.outlet.text.match(/data: "\w+"/g)).toEqual(['data: "missed"']);
  });

  it('is no cursor in a Last-Event-ID of somebody else, and ack counts', async () => {
    const { hub, get, turn } = stage();
    const start = hub.cursor();
    hub.publish('/a', 'after');
    const address = { type: 'join-listen', subject: '/a', format: 'sse', ack: start };
    const { outlet } = await get(address, { headers: { 'last-event-id': '17' } });
    await turn();
    expect(outlet.text).toContain('data: "after"');
  });

  it('is no promise to acknowledge when an EventSource brings it', async () => {
    const { hub, get } = stage();
    await get({ type: 'join-listen', subject: '/a', format: 'sse', ack: hub.cursor() });
    expect([...hub.sessions()].map(({ acknowledges }) => acknowledges)).toEqual([false]);
  });
});

describe('E3: an echoed p_url', () => {
  it('acknowledges the answer that it stood in, and gives it again when it comes twice', async () => {
    const { poller, say } = await polling({ ...without, format: 'js' });
    say(1);
    const page = await poller.asks({ type: 'refresh', session: poller.id });
    const ack = /p_ack=([\w-]+)/.exec(page)?.[1] ?? '';
    say(2);
    expect(await poller.refreshes({ ack })).toBe('2');
    expect(await poller.refreshes({ ack })).toBe('2');
  });

  it('is no promise to acknowledge', async () => {
    const { poller, hub, say } = await polling({ ...without, format: 'js' });
    say(1);
    await poller.refreshes({ ack: hub.cursor() });
    expect([...hub.sessions()].map(({ acknowledges }) => acknowledges)).toEqual([false]);
  });
});

describe('E2: the cookie', () => {
  it('is small, hidden from scripts, limited to the endpoint, and ends with the lease', async () => {
    const { poller, give, say } = await polling();
    say(1);
    const answer = await give(poller.request());
    expect(answer.headers['set-cookie']).toMatch(
      /^cometkit-at-[0-9a-f]=\w{8}\.[0-9a-z]+-1-[0-9a-z]+; Path=\/push; Max-Age=300; HttpOnly; SameSite=Strict$/,
    );
  });

  it('acknowledges what it names, however early its client comes', async () => {
    const { poller, say } = await polling();
    say(1);
    expect(await poller.refreshes()).toBe('1');
    say(2);
    expect(await poller.refreshes()).toBe('2');
  });

  it('of the answer before shows a retry, however late it comes: the same answer, unchanged', async () => {
    const { poller, say, wait } = await polling();
    say(1, 2);
    expect(await poller.loses()).toBe('1 2');
    say(3);
    await wait();
    expect(await poller.loses()).toBe('1 2');
    await wait();
    expect(await poller.refreshes()).toBe('1 2');
    expect(await poller.refreshes()).toBe('3');
  });

  it('shows a retry even on the same connection, which a proxy may keep for another', async () => {
    const { poller, say } = await polling({ keepAlive: true });
    say(1);
    await poller.loses();
    expect(await poller.refreshes()).toBe('1');
  });

  it('proves nothing of an answer that never left completely', async () => {
    const { poller, say, hub } = await polling();
    const start = hub.cursor();
    say(1);
    await poller.breaks();
    const headed = withCookie(poller.request(), (cookie) => cookie.replace(start, hub.cursor()));
    expect(await poller.loses(headed)).toBe('1');
  });

  it('of another session of the browser says nothing', async () => {
    const { poller, say, wait } = await polling();
    say(1);
    const another = () => withCookie(poller.request(), (cookie) => cookie.replace(/=0{8}\./, '=zzzzzzzz.'));
    expect(await poller.loses(another())).toBe('1');
    expect(await poller.loses(another())).toBe('1');
    await wait();
    say(2);
    expect(await poller.loses(another())).toBe('2');
  });

  it('is not looked at on a join', async () => {
    const { poller, send, hub, say } = await polling();
    say(1);
    await poller.refreshes();
    const cookie = poller.request().header('cookie') ?? '';
    await send({ query: 'p_event=join&p_format=xml', headers: { cookie } });
    const [, second] = [...hub.sessions()];
    expect(second?.cursor).toBe(hub.cursor());
  });

  it.each(['ndjson', 'sse'])('is not set in %s, whose clients acknowledge', async (format) => {
    const { join } = stage();
    const alice = await join(format);
    const answer = await alice.does('listen', { mode: 'long-poll' });
    expect(answer.headers['set-cookie']).toBeUndefined();
  });
});

describe('E1: the same connection', () => {
  it('acknowledges what came on it before', async () => {
    const { poller, say } = await polling({ ...without, keepAlive: true });
    say(1);
    expect(await poller.refreshes()).toBe('1');
    say(2);
    expect(await poller.refreshes()).toBe('2');
  });

  it('acknowledges an answer that was also given to somebody else meanwhile', async () => {
    const { poller, say } = await polling({ ...without, keepAlive: true });
    say(1);
    expect(await poller.refreshes()).toBe('1');
    const elsewhere = poller.request();
    Object.assign(elsewhere, { connection: {} });
    expect(await poller.loses(elsewhere)).toBe('1');
    say(2);
    expect(await poller.refreshes()).toBe('2');
  });

  it('also acknowledges for a client that listens anew', async () => {
    const { poller, say } = await polling({ ...without, keepAlive: true });
    say(1);
    await poller.refreshes();
    await poller.asks({ type: 'listen', session: poller.id, mode: 'long-poll' });
    say(2);
    expect(await poller.refreshes()).toBe('2');
  });
});

describe('E0: time', () => {
  it('takes a refresh that comes too early for a retry: the same answer, unchanged', async () => {
    const { poller, say, advance } = await polling(without);
    say(1, 2);
    expect(await poller.refreshes()).toBe('1 2');
    say(3);
    await advance(1700);
    expect(await poller.refreshes()).toBe('1 2');
  });

  it('numbers the events of a retry as before', async () => {
    const { poller, say } = await polling(without);
    say(1, 2);
    const frames = (text: string) =>
      text.match(/<event p_event="data".*\/>(?=<event p_event="refresh" )/)?.[0];
    const first = await poller.asks({ type: 'refresh', session: poller.id });
    say(3);
    const second = await poller.asks({ type: 'refresh', session: poller.id });
    expect(frames(second)).toBe(frames(first));
    expect(frames(first)).toContain('p_seq="2"');
  });

  it('counts the wait from the last time that the answer was given', async () => {
    const { poller, say, advance } = await polling(without);
    say(1);
    for (let attempt = 0; attempt < 4; attempt += 1) {
      expect(await poller.refreshes()).toBe('1');
      await advance(1500);
    }
    expect(await poller.refreshes()).toBe('1');
  });

  it('takes a refresh that waited as it was told for an acknowledgement', async () => {
    const { poller, say, advance } = await polling(without);
    say(1);
    expect(await poller.refreshes()).toBe('1');
    say(2);
    await advance(1800);
    expect(await poller.refreshes()).toBe('2');
  });

  it('takes a refresh for a retry as long as the answer is on its way', async () => {
    const { poller, say, wait, handler } = await polling(without);
    say(1);
    await handler.handle(poller.request());
    await wait();
    expect(await poller.refreshes()).toBe('1');
  });

  it('gives an answer again that never left completely, however late', async () => {
    const { poller, say, wait } = await polling(without);
    say(1);
    await poller.breaks();
    await wait();
    expect(await poller.refreshes()).toBe('1');
  });

  it('does not count an answer as read that a new listen gives again', async () => {
    const { poller, say, wait } = await polling(without);
    say(1);
    await poller.loses();
    await poller.asks({ type: 'listen', session: poller.id, mode: 'long-poll' });
    await wait();
    expect(await poller.refreshes()).toBe('1');
  });

  it('has nothing to decide about an answer without events', async () => {
    const { poller, say, advance } = await polling({ ...without, format: 'xml' });
    const idle = poller.asks({ type: 'refresh', session: poller.id, mode: 'poll' });
    expect(await idle).not.toContain('p_event="data"');
    await advance(100);
    say(1);
    expect(await poller.refreshes()).toBe('1');
  });
});

describe('classicRedelivery', () => {
  it('off gives nothing again, as the original did, and sets no cookie', async () => {
    const { poller, say } = await polling(without, { classicRedelivery: 'off' });
    say(1);
    const text = await poller.asks({ type: 'refresh', session: poller.id });
    expect(text).toContain('x="1"');
    say(2);
    expect(await poller.refreshes()).toBe('2');
    expect(poller.request().header('cookie')).toBeUndefined();
  });

  it('off still gives again what certainly never arrived', async () => {
    const { poller, say } = await polling(without, { classicRedelivery: 'off' });
    say(1);
    await poller.breaks();
    expect(await poller.refreshes()).toBe('1');
  });

  it('always gives every answer twice to a client that proves nothing', async () => {
    const { poller, say, wait } = await polling(without, { classicRedelivery: 'always' });
    const seen: string[] = [];
    for (const x of [1, 2, 3]) {
      say(x);
      seen.push(await poller.refreshes());
      await wait();
    }
    expect(seen).toEqual(['1', '1 2', '2 3']);
  });

  it('always believes proof', async () => {
    const { poller, say, wait } = await polling({}, { classicRedelivery: 'always' });
    say(1);
    expect(await poller.refreshes()).toBe('1');
    await wait();
    say(2);
    expect(await poller.refreshes()).toBe('2');
  });

  it('is one of three', () => {
    expect(() => stage({ classicRedelivery: 'never' as 'off' })).toThrow(RangeError);
  });
});

describe('a stream client that acknowledges nothing', () => {
  it('is told at its next listen that something may be missing', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('xml');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    hub.publish('/a', { x: 1 });
    await turn();
    outlet.close();
    expect((await alice.does('listen')).outlet.text).toContain('p_gap="maybe"');
  });

  it('is not told so when nothing was on its way', async () => {
    const { join } = stage();
    const alice = await join('xml');
    (await alice.does('listen', { subject: '/a' })).outlet.close();
    expect((await alice.does('listen')).outlet.text).not.toContain('p_gap');
  });
});

function withCookie(request: MemoryRequest, change: (cookie: string) => string): MemoryRequest {
  const cookie = change(request.header('cookie') ?? '');
  return Object.assign(request, { header: (name: string) => (name === 'cookie' ? cookie : undefined) });
}
