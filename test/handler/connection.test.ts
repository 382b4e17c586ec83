import { MemoryOutlet } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { callers, names, nobody } from './connection-kit.ts';
import { stage } from './kit.ts';

describe('a refusal whose reason the medium cannot carry', () => {
  it.each([
    ['at once', (verdict: { refuse: string }) => verdict],
    ['later', (verdict: { refuse: string }) => Promise.resolve(verdict)],
  ])('is told all the same, and reported, when the hook answers %s', async (_when, say) => {
    const play = stage({ authorize: { join: () => say({ refuse: 'no\u0000' }) } });
    const outlet = new MemoryOutlet();
    const connections = play.handler.connections({ syntax: 'xml' });
    const connection = connections.open(outlet, { ...nobody, path: '/' });
    connection.receive('<event p_event="join" />');
    await play.turn();
    expect(outlet.text).toMatch(/p_event="nack".*p_code="internal"/);
    expect([connection.busy, outlet.destroyed, play.errors.length]).toEqual([false, false, 1]);
  });

  it('is cut between characters', async () => {
    const refuse = `${'a'.repeat(255)}\u{1F600}`;
    const play = stage({ authorize: { join: () => ({ refuse }) } });
    const outlet = new MemoryOutlet();
    play.handler.connections({ syntax: 'xml' }).open(outlet, nobody).receive('<event p_event="join" />');
    expect(outlet.text).toContain(`p_reason="${'a'.repeat(255)}"`);
  });
});

describe('a connection', () => {
  it('speaks for the session that it joined', async () => {
    const play = stage();
    const alice = callers(play).call();
    const [joined] = alice.says('join');
    expect(joined).toMatchObject({ type: 'join-ack', version: 1 });
    expect(names(alice.says('subscribe', { subject: '/a' }))).toEqual(['subscribe-ack']);
    expect(names(alice.says('listen'))).toEqual(['listen-ack', 'heartbeat']);
    play.hub.publish('/a', { x: 1 });
    await play.turn();
    expect(alice.hears()).toMatchObject([{ type: 'data', subject: '/a', data: { x: 1 } }]);
  });

  it('speaks for a session of another way whose key it shows', async () => {
    const play = stage();
    const { hub } = play;
    const { call } = callers(play);
    const [joined] = call().says('join');
    const bob = call();
    const { session, key } = joined as unknown as Record<string, string>;
    expect(bob.says('heartbeat', { session, key: 'wrong' })).toMatchObject([{ code: 'unknown-session' }]);
    expect(bob.says('heartbeat')).toMatchObject([{ type: 'refused', code: 'missing-field' }]);
    expect(names(bob.says('heartbeat', { session, key }))).toEqual(['heartbeat-ack']);
    expect(names(bob.says('listen', { subject: '/a' }))).toEqual(['listen-ack', 'heartbeat']);
    expect(bob.connection.session).toBe(hub.session(String(session)));
  });

  it('says that its session has ended to a client that goes on speaking for it', () => {
    const play = stage();
    const alice = callers(play).call();
    const [joined] = alice.says('join');
    const session = play.hub.session(String(joined?.['session']));
    if (session !== undefined) play.hub.leave(session, 'expired');
    expect(alice.says('heartbeat')).toMatchObject([{ type: 'refused', code: 'unknown-session' }]);
    expect(names(alice.says('join'))).toEqual(['join-ack']);
    expect(names(alice.says('heartbeat'))).toEqual(['heartbeat-ack']);
  });

  it('answers every message once and in order, also behind a slow hook', async () => {
    let open: ((verdict: boolean) => void) | undefined;
    const join = () => new Promise<boolean>((resolve) => (open = resolve));
    const play = stage({ authorize: { join } });
    const alice = callers(play).call();
    expect(alice.says('join')).toEqual([]);
    expect(alice.says('subscribe', { subject: '/a' })).toEqual([]);
    expect(alice.says('nonsense')).toEqual([]);
    expect(alice.says('listen')).toEqual([]);
    open?.(true);
    await play.turn();
    expect(names(alice.hears())).toEqual(['join-ack', 'subscribe-ack', 'refused', 'listen-ack', 'heartbeat']);
  });

  it('asks to be spared when too many messages wait', async () => {
    let open: ((verdict: boolean) => void) | undefined;
    const join = () => new Promise<boolean>((resolve) => (open = resolve));
    const play = stage({ authorize: { join } });
    const { connection } = callers(play).call();
    let ready = 0;
    connection.comesFrom({
      resume: () => {
        ready += 1;
      },
    });
    const welcome = Array.from({ length: 20 }, () => connection.receive('{"type":"join"}'));
    expect([welcome[0], welcome[14], welcome[15], welcome[19]]).toEqual([true, true, false, false]);
    for (let count = 0; count < 20; count += 1) {
      open?.(true);
      await play.turn();
    }
    expect(ready).toBe(1);
  });

  it('answers no more while its client reads nothing', async () => {
    const play = stage();
    const alice = callers(play).call();
    alice.says('join-listen', { subject: '/a' });
    for (let n = 0; n < 8; n += 1) play.hub.publish('/a', 'x'.repeat(50_000));
    await play.turn();
    alice.outlet.congest();
    for (let n = 0; n < 12; n += 1) alice.says('subscribe', { subject: `/a`, last: '8' });
    expect(alice.outlet.pendingBytes).toBeLessThan(262_144 + 8 * 51_000);
    alice.outlet.drain();
    await play.turn();
    expect(names(alice.hears()).filter((name) => name === 'subscribe-ack')).not.toHaveLength(0);
  });

  it('gives up a client that reads no answers', async () => {
    const play = stage({ stallMs: 1000 });
    const alice = callers(play).call();
    alice.says('join');
    alice.outlet.congest();
    alice.says('heartbeat');
    await play.advance(1100);
    expect(alice.outlet.destroyed).toBe(true);
  });

  it('ends when nobody joins in time, however much is said', async () => {
    const play = stage();
    const mallory = callers(play).call();
    for (let second = 0; second < 5; second += 1) {
      expect(mallory.outlet.ended).toBe(false);
      mallory.says('garbage');
      await play.advance(1000);
    }
    expect(mallory.outlet.ended).toBe(true);
  });

  it('ends when its client neither listens nor speaks, and not while it does either', async () => {
    const play = stage({}, { leaseMs: 600_000 });
    const { call, connections } = callers(play, { idleMs: 10_000 });
    const [alice, bob, carol] = [call(), call(), call()];
    for (const caller of [alice, bob, carol]) caller.says('join');
    alice.says('listen');
    for (let n = 0; n < 4; n += 1) {
      await play.advance(4000);
      bob.says('heartbeat');
    }
    expect([alice, bob, carol].map(({ outlet }) => outlet.ended)).toEqual([false, false, true]);
    expect(connections.size).toBe(2);
  });

  it('ends with the session, behind the answer to leave', () => {
    const play = stage();
    const alice = callers(play).call();
    alice.says('join-listen');
    expect(names(alice.says('leave'))).toEqual(['leave-ack']);
    expect(alice.outlet.ended).toBe(true);
  });

  it('tells why it ends, when the server ends the session', () => {
    const play = stage();
    const alice = callers(play).call();
    alice.says('join-listen');
    play.hub.close();
    expect(alice.hears()).toMatchObject([{ type: 'abort', reason: 'shutdown', retryMs: 500 }]);
    expect(alice.outlet.ended).toBe(true);
  });

  it('ends at a shutdown also when it does not listen', async () => {
    const play = stage();
    const { call } = callers(play);
    const [alice, bob] = [call(), call()];
    alice.says('join');
    await play.handler.close();
    expect([alice.outlet.ended, bob.outlet.ended]).toEqual([true, true]);
    expect(call().outlet.ended).toBe(true);
  });

  it('is superseded by a channel elsewhere, and ends', async () => {
    const play = stage();
    const { call } = callers(play);
    const [alice, other] = [call(), call()];
    const [joined] = alice.says('join-listen', { subject: '/a' });
    const { session, key } = joined as unknown as Record<string, string>;
    other.says('listen', { session, key });
    expect(names(alice.hears())).toEqual(['superseded']);
    expect(alice.outlet.ended).toBe(true);
    play.hub.publish('/a', 1);
    await play.turn();
    expect(names(other.hears())).toEqual(['data']);
  });

  it('goes on when its own second listen replaces the first', async () => {
    const play = stage();
    const alice = callers(play).call();
    alice.says('join-listen', { subject: '/a' });
    expect(names(alice.says('listen', { subject: '/b' }))).toEqual(['listen-ack', 'heartbeat']);
    expect(alice.outlet.ended).toBe(false);
    play.hub.publish('/b', 1);
    await play.turn();
    expect(names(alice.hears())).toEqual(['data']);
    await play.advance(40_000);
    expect(alice.outlet.ended).toBe(false);
  });

  it('leaves its old session when it joins a new one', async () => {
    const play = stage();
    const alice = callers(play).call();
    const [first] = alice.says('join-listen', { subject: '/a' });
    const old = play.hub.session(String(first?.['session']));
    alice.says('join-listen', { subject: '/b' });
    expect(old?.attached).toBe(false);
    play.hub.publish('/a', 1);
    play.hub.publish('/b', 2);
    await play.turn();
    expect(alice.hears()).toMatchObject([{ subject: '/b' }]);
  });

  it('opens no channel for a client that left during a hook', async () => {
    let open: ((verdict: boolean) => void) | undefined;
    const subscribe = () => new Promise<boolean>((resolve) => (open = resolve));
    const play = stage({ authorize: { subscribe } });
    const alice = callers(play).call();
    alice.says('join');
    alice.says('listen', { subject: '/a' });
    alice.outlet.close();
    open?.(true);
    await play.turn();
    expect(play.hub.stats().attached).toBe(0);
  });

  it('keeps what its client did not get', async () => {
    const play = stage();
    const { call } = callers(play);
    const alice = call();
    const [joined] = alice.says('join-listen', { subject: '/a' });
    const { session, key, cursor } = joined as unknown as Record<string, string>;
    alice.says('ack', { ack: cursor });
    play.hub.publish('/a', 'lost');
    await play.turn();
    alice.outlet.close();
    const again = call();
    again.says('listen', { session, key, ack: cursor });
    await play.turn();
    expect(again.hears().at(-1)).toMatchObject({ type: 'data', data: 'lost' });
  });
});

describe('a message', () => {
  it('is one JSON object', () => {
    const alice = callers(stage()).call();
    for (const text of ['', 'p_event=join', '[1]', '"x"', '{', 'null', '<event p_event="join"/>']) {
      alice.connection.receive(text);
    }
    expect(alice.hears().map((event) => event['code'])).toEqual(Array(7).fill('malformed-request'));
  });

  it('is told of names that begin with p_, alone or among others', () => {
    const alice = callers(stage()).call();
    for (const message of [{ p_event: 'join' }, { type: 'join', p_format: 'js' }]) {
      alice.connection.receive(JSON.stringify(message));
      expect(alice.hears()).toMatchObject([
        { type: 'refused', code: 'malformed-request', reason: expect.stringContaining('names with p_') },
      ]);
    }
  });

  it('chooses no format and no polling', () => {
    const alice = callers(stage()).call();
    expect(alice.says('join', { format: 'js' })).toMatchObject([{ type: 'join-ack' }]);
    expect(alice.says('listen', { mode: 'long-poll' })).toMatchObject([{ code: 'unknown-mode' }]);
    expect(alice.says('refresh')).toMatchObject([{ code: 'unknown-mode' }]);
  });

  it('is held to the limits of a request', () => {
    const alice = callers(stage({ maxBodyBytes: 1000, maxFields: 4 })).call();
    expect(alice.says('join', { x: 'y'.repeat(1000) })).toMatchObject([{ code: 'body-too-large' }]);
    expect(alice.says('join', { a: 1, b: 2, c: 3, d: 4 })).toMatchObject([{ code: 'malformed-request' }]);
  });

  it('goes past the same hooks as a request', () => {
    const play = stage({
      authorize: {
        join: ({ request }) => request.header('x-user') ?? false,
        subscribe: ({ pattern, principal }) => pattern === `/${principal}`,
      },
    });
    const { call } = callers(play);
    expect(call().says('join')).toMatchObject([{ type: 'refused', code: 'not-authorized' }]);
    const ada = call({ header: (name) => (name === 'x-user' ? 'ada' : undefined) });
    expect(names(ada.says('join'))).toEqual(['join-ack']);
    expect(names(ada.says('subscribe', { subject: '/ada' }))).toEqual(['subscribe-ack']);
    expect(ada.says('subscribe', { subject: '/bob' })).toMatchObject([{ code: 'not-authorized' }]);
    expect(ada.says('publish', { subject: '/ada', data: 1 })).toMatchObject([{ code: 'not-authorized' }]);
  });

  it('says how much of its answer is past', () => {
    const play = stage();
    const alice = callers(play).call();
    alice.says('join');
    for (const x of [1, 2, 3]) play.hub.publish('/a', x);
    const heard = alice.says('subscribe', { subject: '/a', last: '2' });
    expect(heard).toMatchObject([{ past: 2 }, { data: 2 }, { data: 3 }]);
    expect(alice.says('subscribe', { subject: '/b' })[0]).not.toHaveProperty('past');
  });
});

describe('connections in XML', () => {
  it('carry elements that end with a NUL, with a cursor on every event', async () => {
    const play = stage();
    const alice = callers(play, { syntax: 'xml' }).call();
    alice.connection.receive('<event p_event="join-listen" p_subject="/a" />');
    play.hub.publish('/a', { text: '<&">\n' });
    await play.turn();
    const [ack, hb, data, rest] = alice.outlet.text.split('\0');
    expect(ack).toMatch(/^<event p_event="join-listen-ack" .*p_key="[\w-]{22}" .*\/>$/);
    expect(hb).toMatch(/^<event p_event="hb" /);
    expect(data).toMatch(
      /^<event p_event="data" p_cur="[0-9a-z-]+" p_subject="\/a" p_time="\d+" text="&lt;&amp;&quot;&gt;&#10;" \/>$/,
    );
    expect(rest).toBe('');
  });
});

describe('the way out', () => {
  it('is one buffer for all connections of a medium, made once', async () => {
    const play = stage();
    let encoded = 0;
    const encode = (text: string) => {
      encoded += 1;
      return new TextEncoder().encode(text);
    };
    const { call } = callers(play, { encode });
    const all = Array.from({ length: 10 }, () => call());
    for (const caller of all) caller.says('join-listen', { subject: '/a' });
    const before = encoded;
    for (const x of [1, 2, 3]) play.hub.publish('/a', x);
    await play.turn();
    expect(encoded - before).toBe(3);
    expect(new Set(all.map(({ outlet }) => outlet.writes.at(-1))).size).toBe(1);
    expect(all[0]?.hears().slice(-3)).toMatchObject([{ data: 1 }, { data: 2 }, { data: 3 }]);
  });

  it('announces what is too long for the medium by its cursor', async () => {
    const play = stage();
    const alice = callers(play, { maxEventBytes: 400 }).call();
    alice.says('join-listen', { subject: '/a' });
    play.hub.publish('/a', 'x'.repeat(500));
    play.hub.publish('/a', 'short');
    await play.turn();
    const [long, short] = alice.hears().slice(-2);
    expect(long).toMatchObject({ type: 'oversize', subject: '/a', bytes: expect.any(Number) });
    expect(long).toHaveProperty('cursor');
    expect(short).toMatchObject({ data: 'short' });
  });

  it('leads to a feed without a session of its own on the wire', async () => {
    const play = stage();
    const { connections, call } = callers(play);
    const alice = call();
    const end = connections.feed('/a', alice.outlet);
    for (let n = 0; n < 600; n += 1) play.hub.publish('/a', n);
    play.hub.publish('/b', 'not meant');
    play.hub.broadcast('/a', 'not public');
    await play.turn();
    const heard = alice.hears();
    expect(heard.filter(({ type }) => type === 'data').at(-1)).toMatchObject({ data: 599 });
    expect(heard.some(({ data }) => data === 'not public')).toBe(false);
    end();
    expect(play.hub.stats().sessions).toBe(0);
  });
});

describe('a request for a connection', () => {
  const from = (headers: Record<string, string>) => ({
    path: '/push',
    header: (name: string) => headers[name.toLowerCase()],
    address: '',
    secure: false,
    native: undefined,
  });

  it('is granted to the same origin, to listed ones and to who has none', () => {
    const { handler } = stage({ origins: ['https://app.example'] });
    const host = 'push.example';
    const granted = [
      {},
      { host, origin: 'https://push.example' },
      { host, origin: 'https://app.example', 'sec-fetch-site': 'cross-site' },
      {
        host,
        origin: 'https://push.example',
        'sec-fetch-site': 'same-origin',
        'sec-fetch-dest': 'websocket',
      },
    ];
    expect(granted.map((headers) => handler.admit(from(headers)) !== undefined)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  it('is refused to other origins, to null and for other uses', () => {
    const { handler } = stage();
    const host = 'push.example';
    const refused = [
      { host, origin: 'https://evil.example' },
      { host, origin: 'null' },
      { host, origin: 'https://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'websocket' },
      { host, 'sec-fetch-dest': 'image' },
    ];
    expect(refused.map((headers) => handler.admit(from(headers)))).toEqual(Array(4).fill(undefined));
  });

  it('brings no cookies from a page that only the star lets in', () => {
    const { handler } = stage({ origins: ['*', 'https://app.example'] });
    const cookie = 'cometkit_abcd=secret';
    const anybody = handler.admit(from({ cookie, host: 'push.example', origin: 'https://evil.example' }));
    const listed = handler.admit(from({ cookie, host: 'push.example', origin: 'https://app.example' }));
    expect([anybody?.header('Cookie'), listed?.header('cookie')]).toEqual([undefined, cookie]);
  });
});

describe('a connection that pours commands in', () => {
  it('is carried out a part in each turn, in order, and told to wait meanwhile', async () => {
    const play = stage();
    const { call } = callers(play);
    const [mallory, alice] = [call(), call()];
    mallory.says('join');
    mallory.connection.receive('{"type":"subscribe","subject":"/0"}');
    const taken = Array.from({ length: 600 }, (_, n) =>
      mallory.connection.receive(`{"type":"nonsense","msgid":"${n}"}`),
    );
    // Its source stops when it is told to.
    expect(taken.indexOf(false)).toBeGreaterThan(200);
    expect(taken.indexOf(false)).toBeLessThan(300);
    const first = mallory.hears().length;
    expect(first).toBeLessThan(300);
    // Everybody else is served at once.
    expect(names(alice.says('join'))).toEqual(['join-ack']);
    for (let turn = 0; turn < 4; turn += 1) await play.turn();
    expect(first + mallory.hears().length).toBe(601);
    expect(mallory.connection.busy).toBe(false);
  });
});
