import { describe, expect, it } from 'vitest';
import { Watchdog } from '../../packages/handler/src/watchdog.ts';
import { type Line, modern } from './delivery-kit.ts';
import { stage } from './kit.ts';

async function listening(fields: Line = {}, options: Parameters<typeof stage>[0] = {}) {
  const world = stage(options);
  const client = await modern(world);
  await client.subscribes('/a');
  const channel = await client.listens({ ack: client.start, ...fields });
  const beats = () => channel.lines().filter((line) => line['type'] === 'heartbeat').length;
  beats();
  return { ...world, client, channel, beats };
}

describe('a client that answers heartbeats', () => {
  it('loses a stream within 15.5 s of its last word, and keeps its session', async () => {
    const { advance, channel, hub } = await listening({ heartbeats: 'answer' });
    await advance(14_900);
    expect(channel.outlet.destroyed).toBe(false);
    await advance(600);
    expect([channel.outlet.destroyed, hub.stats().sessions, hub.stats().attached]).toEqual([true, 1, 0]);
  });

  it('loses it as soon when the stream is busy: what is written proves nothing', async () => {
    const { advance, channel, hub } = await listening({ heartbeats: 'answer' });
    for (let second = 0; second < 15; second += 1) {
      hub.publish('/a', second);
      await advance(1000);
    }
    expect(channel.lines().filter((line) => line['type'] === 'heartbeat')).toHaveLength(1);
    await advance(500);
    expect(channel.outlet.destroyed).toBe(true);
  });

  it.each<[string, Line]>([
    ['heartbeat', {}],
    ['subscribe', { subject: '/b' }],
    ['nonsense', {}],
  ])('keeps it by any request: %s', async (event, fields) => {
    const { advance, channel, client } = await listening({ heartbeats: 'answer' });
    for (let beat = 0; beat < 5; beat += 1) {
      await advance(10_300);
      await client.sends(event, fields);
    }
    expect(channel.outlet.destroyed).toBe(false);
  });

  it('is asked once in ten seconds', async () => {
    const { advance, beats, client } = await listening({ heartbeats: 'answer' });
    for (let beat = 1; beat <= 6; beat += 1) {
      await advance(10_200);
      expect(beats()).toBe(1);
      await client.sends('heartbeat');
    }
  });

  it('is heard by nobody but its own stream', async () => {
    const { advance, channel, client } = await listening({ heartbeats: 'answer' });
    await advance(12_000);
    const newer = await client.listens({ heartbeats: 'answer', ack: client.start });
    await advance(9000);
    expect([channel.outlet.ended, newer.outlet.destroyed]).toEqual([true, false]);
  });

  it('is left alone while its stream is congested, for that has a deadline of its own', async () => {
    const { advance, channel, hub, turn } = await listening({ heartbeats: 'answer' });
    channel.outlet.congest();
    hub.publish('/a', 1);
    await turn();
    await advance(25_000);
    expect(channel.outlet.destroyed).toBe(false);
    await advance(6000);
    expect(channel.outlet.destroyed).toBe(true);
  });

  it('is asked as often as the server is told', async () => {
    const { advance, beats } = await listening({ heartbeats: 'answer' }, { modernHeartbeatMs: 3000 });
    await advance(3200);
    expect(beats()).toBe(1);
  });

  it('need not answer on a stream of which it promised nothing', async () => {
    const { advance, channel } = await listening();
    await advance(60_000);
    expect(channel.outlet.destroyed).toBe(false);
  });

  it('leaves no timer behind when it goes', async () => {
    const { advance, channel, runtime } = await listening({ heartbeats: 'answer' });
    await advance(12_000);
    channel.outlet.close();
    expect(runtime.timers).toBe(0);
  });
});

describe('a probe', () => {
  it('is a heartbeat with a number: the stream gets one at once, and the answer says the number', async () => {
    const { client, beats } = await listening();
    const { lines } = await client.sends('heartbeat', { probe: 17 });
    expect(lines).toMatchObject([{ type: 'heartbeat-ack', probe: 17 }]);
    expect(beats()).toBe(1);
  });

  it('is only answered where there is no stream', async () => {
    const client = await modern(stage());
    expect((await client.sends('heartbeat', { probe: 1 })).lines).toMatchObject([{ probe: 1 }]);
  });

  it('is refused when it is no number', async () => {
    const client = await modern(stage());
    expect((await client.sends('heartbeat', { probe: '-1' })).lines).toMatchObject([
      { code: 'invalid-field' },
    ]);
  });
});

describe('the watch over deadlines', () => {
  it('begins anew for all when the process stood still', () => {
    const late: (() => void)[] = [];
    let now = 0;
    const later = (task: () => void) => {
      late.push(task);
      return () => undefined;
    };
    const watch = new Watchdog({ now: () => now, later }, 5000);
    let stalled = 0;
    watch.add({ stalled: () => (stalled += 1) });
    now = 60_000;
    late.shift()?.();
    expect(stalled).toBe(0);
    now = 65_000;
    late.shift()?.();
    expect(stalled).toBe(1);
  });
});

describe('the end of the server', () => {
  it('tells the reason and when to come back, to each at another time', async () => {
    const world = stage();
    const dice = [1200, 1900, 2600];
    world.runtime.randomInteger = (min: number) => dice.shift() ?? min;
    const channels = [];
    for (const format of ['ndjson', 'ndjson', 'sse', 'xml']) {
      const client = await modern(world);
      channels.push(await (format === 'xml' ? client.listensIn(format) : client.listens({ format })));
    }
    await world.handler.close();
    const texts = channels.map(({ outlet }) => outlet.text);
    expect(texts[0]).toMatch(/"type":"abort","reason":"shutdown","retryMs":1200,/);
    expect(texts[1]).toMatch(/"retryMs":1900,/);
    expect(texts[2]).toMatch(/\nretry: 2600\n\nevent: abort\ndata: .*"retryMs":2600,/);
    expect(texts[3]).toMatch(/<event p_event="abort" .*p_reason="shutdown" .*\/>$/);
  });

  it('is told an EventSource that comes now in a 200, so that it comes back', async () => {
    const { join, handler } = stage();
    await join('xml');
    const alice = await join('sse');
    await handler.close();
    const { status, body } = await alice.does('listen', { format: 'sse' });
    expect(status).toBe(200);
    expect(body).toMatch(/event: abort\ndata: .*"reason":"shutdown","retryMs":500,.*\n\nretry: 500\n\n$/);
  });
});
