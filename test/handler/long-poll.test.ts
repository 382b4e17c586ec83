import { describe, expect, it } from 'vitest';
import { type Answer, type Client, type Stage, stage } from './kit.ts';

/** Sends a refresh that is held, and says whether it was answered. */
async function hold(client: Client, { turn }: Stage, fields = {}) {
  let answered: Answer | undefined;
  const promise = client.does('refresh', fields).then((answer) => {
    answered = answer;
    return answer;
  });
  await turn();
  return { promise, answered: () => answered };
}

async function pulling(options = {}, hubOptions = {}, format = 'xml') {
  const it = stage({ authorize: { publish: true }, ...options }, hubOptions);
  const alice = await it.join(format);
  await alice.does('listen', { mode: 'long-poll', subject: '/a' });
  return { ...it, it, alice };
}

describe('a pull', () => {
  it('is held until there is an event, and gets all of the turn', async () => {
    const { it, alice, hub, turn } = await pulling();
    const held = await hold(alice, it);
    expect(held.answered()).toBeUndefined();
    hub.publish('/a', { x: 1 });
    hub.publish('/a', { x: 2 });
    await turn();
    expect(held.answered()?.body).toMatch(
      /refresh-ack.*p_seq="1".*x="1".*p_seq="2".*x="2".*p_event="refresh"/,
    );
  });

  it('ends with a heartbeat when nothing came for the hold time', async () => {
    const { it, alice, advance } = await pulling();
    const held = await hold(alice, it);
    await advance(19_900);
    expect(held.answered()).toBeUndefined();
    await advance(200);
    expect(held.answered()?.body).toMatch(
      /refresh-ack[^>]*><event p_event="hb" p_time="\d+" p_seq="1" \/><event p_event="refresh"/,
    );
  });

  it('does not keep other commands of its session waiting', async () => {
    const { it, alice } = await pulling();
    const held = await hold(alice, it);
    expect((await alice.does('publish', { subject: '/b' })).body).toContain('publish-ack');
    expect(held.answered()).toBeUndefined();
  });

  it('works before any listen', async () => {
    const it = stage();
    const alice = await it.join();
    await alice.does('subscribe', { subject: '/a' });
    const held = await hold(alice, it);
    it.hub.publish('/a', { x: 1 });
    await it.turn();
    expect(held.answered()?.body).toContain('x="1"');
  });

  it('ends without refresh when a newer one comes', async () => {
    const { it, alice } = await pulling();
    const older = await hold(alice, it);
    const newer = await hold(alice, it);
    expect(older.answered()?.body).toBe('<event p_event="refresh-ack" p_time="1700000000" />');
    expect(newer.answered()).toBeUndefined();
  });

  it('ends without refresh when the session leaves', async () => {
    const { it, alice } = await pulling({}, {}, 'xml-strict');
    const held = await hold(alice, it);
    await alice.does('leave');
    await it.turn();
    expect(held.answered()?.body).toBe(
      '<pushlet><event p_event="refresh-ack" p_time="1700000000" /></pushlet>',
    );
  });

  it('is answered with abort when the server goes', async () => {
    const { it, alice, handler } = await pulling({}, {}, 'xml-strict');
    const held = await hold(alice, it);
    const closed = handler.close();
    await held.promise;
    await closed;
    expect(held.answered()?.body).toMatch(
      /^<pushlet><event p_event="refresh-ack" [^>]*><event p_event="abort" p_time="\d+" p_reason="shutdown" p_seq="1" \/><\/pushlet>$/,
    );
  });

  it('counts an answer that left completely as received when its client waited as it was told', async () => {
    const { alice, hub, advance } = await pulling();
    hub.publish('/a', { x: 'one' });
    await alice.does('refresh');
    await advance(2000);
    hub.publish('/a', { x: 'two' });
    const { body } = await alice.does('refresh');
    expect([body.includes('one'), body.includes('two')]).toEqual([false, true]);
  });

  it('gives an answer again whose connection broke', async () => {
    const { alice, hub, handler } = await pulling();
    hub.publish('/a', { x: 'one' });
    const lost = alice.request('refresh');
    await handler.handle(lost);
    lost.abort();
    hub.publish('/a', { x: 'two' });
    const { body } = await alice.does('refresh');
    expect([body.includes('one'), body.includes('two')]).toEqual([true, false]);
  });

  it('gives an answer again that is asked for again while it is still on its way', async () => {
    const { alice, hub, handler } = await pulling();
    hub.publish('/a', { x: 'one' });
    await handler.handle(alice.request('refresh'));
    expect((await alice.does('refresh')).body).toContain('one');
  });

  it('takes an echoed p_url for the acknowledgement of the answer that it stood in', async () => {
    const { alice, hub, handler } = await pulling();
    hub.publish('/a', { x: 'one' });
    const response = await handler.handle(alice.request('refresh'));
    const ack = /p_ack=([\w-]+)/.exec('body' in response ? String(response.body) : '')?.[1] ?? '';
    hub.publish('/a', { x: 'two' });
    const { body } = await alice.does('refresh', { ack });
    expect([body.includes('one'), body.includes('two')]).toEqual([false, true]);
  });

  it('gives an acknowledging client again what it does not acknowledge', async () => {
    const { alice, hub } = await pulling({}, {}, 'ndjson');
    const before = hub.cursor();
    hub.publish('/a', 'one');
    for (const attempt of [1, 2, 3]) {
      expect((await alice.does('refresh', { ack: before })).body, `attempt ${attempt}`).toContain('one');
    }
  });

  it('loses nothing when its client goes away while it is held', async () => {
    const { it, alice, hub, turn, handler } = await pulling();
    const request = alice.request('refresh');
    const held = handler.handle(request);
    await turn();
    request.abort();
    await held;
    expect(hub.stats().attached).toBe(0);
    hub.publish('/a', { x: 'kept' });
    expect((await (await hold(alice, it)).promise).body).toContain('kept');
  });

  it('is not opened for a client that went away before', async () => {
    const { alice, hub, handler } = await pulling();
    const request = alice.request('refresh');
    request.abort();
    await handler.handle(request);
    expect(hub.stats().attached).toBe(0);
  });
});

describe('a poll', () => {
  it('is answered at once, with nothing if need be', async () => {
    const it = stage();
    const alice = await it.join();
    await alice.does('listen', { mode: 'poll' });
    expect((await alice.does('refresh')).body).toMatch(
      /^<event p_event="refresh-ack" [^>]*><event p_event="refresh" p_wait="6000" [^>]*\/>$/,
    );
  });
});

describe('waitMs', () => {
  it('lies in the range of the mode', async () => {
    const dice: [number, number][] = [];
    const it = stage({ longPollWaitMs: { min: 1, max: 2 }, pollWaitMs: { min: 3, max: 4 } });
    it.runtime.randomInteger = (min: number, max?: number) => {
      dice.push([min, max ?? 0]);
      return min;
    };
    const alice = await it.join();
    for (const mode of ['long-poll', 'poll']) await alice.does('listen', { mode });
    expect(dice).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('url', () => {
  it.each([
    ['/push', '/push'],
    ['/push/', '/push'],
    ['/pushlet/pushlet.srv', '/pushlet/pushlet.srv'],
    ['//evil.example/push', '/'],
    ['/\\evil.example', '/'],
    ['/a;b', '/'],
    ['/a"b', '/'],
    ['', '/'],
  ])('is for the path %j the path %j, and never names a host', async (path, shown) => {
    const it = stage();
    const alice = await it.join('xml', { path });
    const { body } = await alice.does('listen', { mode: 'long-poll' });
    expect(body).toContain(`p_url="${shown}?p_id=${alice.id}&p_event=refresh&p_ack=`);
  });

  it('is the public path where one is given', async () => {
    const it = stage({ publicPath: '/outside/push' });
    const alice = await it.join();
    expect((await alice.does('listen', { mode: 'long-poll' })).body).toContain('p_url="/outside/push?');
  });
});
