import { describe, expect, it } from 'vitest';
import { stage } from './kit.ts';

describe('a stream', () => {
  it('writes everything of a turn at once', async () => {
    const { join, hub, turn } = stage();
    const alice = await join();
    const { outlet } = await alice.does('listen', { subject: '/a' });
    for (const x of [1, 2, 3]) hub.publish('/a', { x });
    expect(outlet.writes).toHaveLength(1);
    await turn();
    expect(outlet.writes).toHaveLength(2);
    expect(outlet.text).toMatch(/p_seq="2".*x="1".*p_seq="3".*x="2".*p_seq="4".*x="3"/);
  });

  it('shares one buffer with the streams that get the same events in the same modern format', async () => {
    const { join, hub, turn } = stage();
    const outlets = [];
    for (const format of ['ndjson', 'sse', 'ndjson', 'sse']) {
      const client = await join(format);
      outlets.push((await client.does('listen', { subject: '/a' })).outlet);
    }
    hub.publish('/a', 1);
    hub.publish('/a', 2);
    await turn();
    const [first, second, third, fourth] = outlets.map((outlet) => outlet.writes[1]);
    expect(first).toBe(third);
    expect(second).toBe(fourth);
    expect(first).not.toBe(second);
  });

  it('gives events that were published before it was opened', async () => {
    const { join, hub, turn } = stage();
    const alice = await join();
    await alice.does('subscribe', { subject: '/a' });
    hub.publish('/a', { x: 'early' });
    const { outlet } = await alice.does('listen');
    await turn();
    expect(outlet.text).toContain('x="early"');
  });

  it('sends a heartbeat when nothing went out for the idle time, and only then', async () => {
    const { join, hub, advance } = stage({}, { heartbeatMs: 1000 });
    const alice = await join();
    const { outlet } = await alice.does('listen', { subject: '/a' });
    await advance(900);
    hub.publish('/a', { x: 1 });
    await advance(900);
    expect(outlet.text).not.toContain('p_seq="3"');
    await advance(200);
    expect(outlet.text).toMatch(/x="1" \/><event p_event="hb" p_time="1700000002" p_seq="3" \/>$/);
  });

  it('sends modern clients a heartbeat every ten seconds', async () => {
    const { join, advance } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen');
    await advance(10_200);
    expect(outlet.text.match(/"type":"heartbeat"/g)).toHaveLength(2);
  });

  it('stops at congestion, keeps its place, and goes on when it drains', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    outlet.congest();
    hub.publish('/a', 1);
    await turn();
    hub.publish('/a', 2);
    hub.publish('/a', 3);
    await turn();
    expect(outlet.writes).toHaveLength(2);
    outlet.drain();
    await turn();
    expect(outlet.text.match(/"data":\d/g)).toEqual(['"data":1', '"data":2', '"data":3']);
  });

  it('delivers a burst that is larger than the queue', async () => {
    const { join, hub, turn } = stage({}, { queueLimit: 8 });
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    for (let n = 0; n < 100; n += 1) hub.publish('/a', n);
    await turn();
    expect(outlet.text.match(/"data":\d+/g)).toEqual(Array.from({ length: 100 }, (_, n) => `"data":${n}`));
  });

  it('tells in its place what the log no longer holds', async () => {
    const { join, hub, turn } = stage({}, { queueLimit: 2, log: { maxEvents: 4 } });
    const alice = await join('xml');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    outlet.congest();
    for (let x = 1; x <= 10; x += 1) {
      hub.publish('/a', { x });
      await turn();
    }
    outlet.drain();
    await turn();
    expect(outlet.text).toMatch(
      /x="1" \/><event p_event="gap" p_seq="3" p_from="2" p_to="6" p_reason="overflow" p_cur="[\w-]+" \/><event [^>]*x="7" \/>.*x="10" \/>$/,
    );
  });

  it('lets go of a reader that stays congested, and keeps its session', async () => {
    const { join, hub, turn, advance } = stage({ stallMs: 5000 });
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    outlet.congest();
    hub.publish('/a', 'lost on the way');
    await turn();
    await advance(4900);
    expect(outlet.destroyed).toBe(false);
    await advance(200);
    expect([outlet.destroyed, hub.stats().attached, hub.stats().sessions]).toEqual([true, 0, 1]);
    const again = await alice.does('listen');
    await turn();
    expect(again.outlet.text).toContain('lost on the way');
  });

  it('gives again what never left the process, and nothing that did', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    hub.publish('/a', 'out');
    await turn();
    outlet.congest();
    hub.publish('/a', 'stuck');
    await turn();
    outlet.close();
    const again = await alice.does('listen');
    await turn();
    expect(again.outlet.text).toContain('stuck');
    expect(again.outlet.text).not.toContain('"out"');
  });

  it('starts where the client says that it stands', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('ndjson');
    await alice.does('listen', { subject: '/a' });
    const first = hub.publish('/a', 'one');
    hub.publish('/a', 'two');
    await turn();
    const { outlet } = await alice.does('listen', { ack: first.cursor });
    await turn();
    expect(outlet.text).toContain(`"cursor":"${first.cursor}"`);
    expect(outlet.text.match(/"data":"\w+"/g)).toEqual(['"data":"two"']);
  });

  it('goes on for an EventSource that connects again, in a new session', async () => {
    const { get, hub, turn } = stage();
    const fields = { type: 'join-listen', subject: '/a', format: 'sse' };
    const first = await get(fields);
    const seen = hub.publish('/a', 'seen');
    await turn();
    first.outlet.close();
    hub.publish('/a', 'missed');
    const second = await get(fields, { headers: { 'Last-Event-ID': seen.cursor } });
    await turn();
    expect(second.outlet.text.match(/data: "\w+"/g)).toEqual(['data: "missed"']);
  });

  it('tells an EventSource from before a restart that it missed something', async () => {
    const { get, turn } = stage();
    const fields = { type: 'join-listen', subject: '/a', format: 'sse' };
    const { outlet } = await get(fields, { headers: { 'last-event-id': 'before-a-1' } });
    await turn();
    expect(outlet.text).toMatch(/event: gap\nid: .*\ndata: .*"reason":"epoch"/);
  });

  it('takes a Last-Event-ID that is not ours for none', async () => {
    const { get, turn } = stage();
    const { status, outlet } = await get(
      { type: 'join-listen', format: 'sse' },
      { headers: { 'last-event-id': '42' } },
    );
    await turn();
    expect([status, outlet.text.includes('gap')]).toEqual([200, false]);
  });

  it('begins with past events when it is asked to', async () => {
    const { get, hub, turn } = stage();
    for (const n of [1, 2, 3]) hub.publish('/a', n);
    const { outlet } = await get({
      type: 'join-listen',
      subject: '/a',
      format: 'ndjson',
      last: '2',
    });
    hub.publish('/a', 4);
    await turn();
    expect(outlet.text.match(/"data":\d/g)).toEqual(['"data":2', '"data":3', '"data":4']);
  });
});

describe('the end of a stream', () => {
  it('comes without a word when a newer one is opened, and closes the document', async () => {
    const { join } = stage();
    const alice = await join('xml-strict');
    const first = await alice.does('listen');
    await alice.does('listen');
    expect([first.outlet.ended, first.outlet.text.endsWith('p_seq="1" /></pushlet>')]).toEqual([true, true]);
  });

  it('is announced as superseded to a modern client', async () => {
    const { join } = stage();
    const alice = await join('ndjson');
    const first = await alice.does('listen');
    await alice.does('listen');
    expect(first.outlet.text).toMatch(/\{"type":"superseded","time":\d+\}\n$/);
  });

  it.each([
    ['xml', /<event p_event="abort" p_time="\d+" p_reason="shutdown" p_seq="2" \/>$/],
    ['xml-strict', /<event p_event="abort" p_time="\d+" p_reason="shutdown" p_seq="2" \/><\/pushlet>$/],
    ['ndjson', /\{"type":"abort","reason":"shutdown","retryMs":500,"time":\d+\}\n$/],
    ['sse', /retry: 500\n\nevent: abort\ndata: .*"reason":"shutdown".*\n\n$/],
  ])('is abort in %s when the server goes', async (format, bytes) => {
    const { join, handler } = stage();
    const alice = await join(format);
    const { outlet } = await alice.does('listen');
    await handler.close();
    expect(outlet.ended).toBe(true);
    expect(outlet.text).toMatch(bytes);
  });

  it('comes after what was published in the same turn', async () => {
    const { join, hub, handler } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    hub.publish('/a', 'last');
    await handler.close();
    expect(outlet.text).toMatch(/"last".*\n.*"abort"/);
  });

  it('does not wait for a reader that takes nothing', async () => {
    const { join, handler, advance } = stage({ closeGraceMs: 1000 });
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen');
    outlet.congest();
    const closed = handler.close();
    await advance(1000);
    await closed;
    expect(outlet.destroyed).toBe(true);
  });

  it('comes when the session leaves', async () => {
    const { join, hub } = stage();
    const alice = await join();
    const { outlet } = await alice.does('listen');
    await alice.does('leave');
    expect([outlet.destroyed, outlet.text.includes('abort'), hub.stats().sessions]).toEqual([true, false, 0]);
  });

  it('is the end when the session ends before its stream is opened', async () => {
    const { join, hub, handler } = stage();
    const alice = await join();
    const response = await handler.handle(alice.request('listen'));
    for (const session of hub.sessions()) hub.leave(session);
    const { MemoryOutlet } = await import('@cometkit/testkit');
    const outlet = new MemoryOutlet();
    if ('open' in response) response.open(outlet);
    expect([outlet.ended, outlet.text.includes('abort')]).toEqual([true, true]);
  });
});

describe('a client that acknowledges', () => {
  it('is not taken to have what it did not acknowledge', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    const first = hub.publish('/a', 'one');
    await turn();
    await alice.does('ack', { ack: first.cursor });
    hub.publish('/a', 'two');
    await turn();
    outlet.close();
    const again = await alice.does('listen');
    await turn();
    expect(again.outlet.text.match(/"data":"\w+"/g)).toEqual(['"data":"two"']);
  });

  it('holds the stream at the window until it acknowledges', async () => {
    const { join, hub, turn } = stage({}, { queueLimit: 4 });
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    await alice.does('ack', { ack: hub.cursor() });
    const events = Array.from({ length: 10 }, (_, n) => hub.publish('/a', n));
    await turn();
    const given = () => outlet.text.match(/"data":\d/g)?.length;
    expect(given()).toBe(4);
    await alice.does('heartbeat', { ack: events[3]?.cursor ?? '' });
    await turn();
    expect(given()).toBe(8);
  });

  it('loses its channel when it acknowledges nothing for too long', async () => {
    const { join, hub, turn, advance } = stage({}, { ackTimeoutMs: 5000 });
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { subject: '/a' });
    await alice.does('ack', { ack: hub.cursor() });
    hub.publish('/a', 1);
    await turn();
    await advance(6100);
    expect([outlet.ended, outlet.text.includes('abort'), hub.stats().sessions]).toEqual([true, false, 1]);
  });

  it('cannot acknowledge what it was not given, nor what another log gave', async () => {
    const { join, hub, turn } = stage();
    const alice = await join('ndjson');
    await alice.does('subscribe', { subject: '/a' });
    const event = hub.publish('/a', 'kept');
    for (const ack of [event.cursor, 'zzz-1-1']) await alice.does('ack', { ack });
    const { outlet } = await alice.does('listen');
    await turn();
    expect(outlet.text).toContain('kept');
  });

  it('is refused an ack without a cursor', async () => {
    const { join } = stage();
    const alice = await join('ndjson');
    expect((await alice.does('ack')).body).toContain('no ack provided');
  });
});

describe('a client that promises to answer heartbeats', () => {
  it('loses its channel when it does not, and keeps its session', async () => {
    const { join, hub, advance } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { heartbeats: 'answer' });
    await advance(14_800);
    expect(outlet.destroyed).toBe(false);
    await advance(500);
    expect([outlet.destroyed, hub.stats().sessions]).toEqual([true, 1]);
  });

  it('keeps its channel when it does', async () => {
    const { join, advance } = stage();
    const alice = await join('ndjson');
    const { outlet } = await alice.does('listen', { heartbeats: 'answer' });
    for (let beat = 0; beat < 4; beat += 1) {
      await advance(10_200);
      await alice.does('heartbeat');
    }
    expect(outlet.destroyed).toBe(false);
  });
});
