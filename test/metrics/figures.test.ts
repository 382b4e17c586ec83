import { createHandler, createHub, totalsOf } from '@cometkit/handler';
import { createMetrics } from '@cometkit/metrics';
import { MemoryOutlet, MemoryRequest } from '@cometkit/testkit';
import { describe, expect, it, vi } from 'vitest';
import { callers } from '../handler/connection-kit.ts';
import { scraped } from './kit.ts';

const streams = { type: 'join-listen', format: 'ndjson', subject: '/a' };

describe('sessions', () => {
  it('count by how they listen and where their channel stands', async () => {
    const { get, hub, join, turn, value } = scraped();
    await get(streams);
    const congested = await get(streams);
    congested.outlet.congest();
    hub.publish('/a', 1);
    await turn();
    const poller = await join('xml');
    await poller.does('listen', { mode: 'poll', subject: '/a' });
    await join('xml');
    expect(await value('cometkit_sessions{transport="poll",state="away"}')).toBe(1);
    expect(await value('cometkit_sessions{transport="stream",state="open"}')).toBe(1);
    expect(await value('cometkit_sessions{transport="stream",state="congested"}')).toBe(1);
    expect(await value('cometkit_sessions{transport="stream",state="away"}')).toBe(1);
    expect(await value('cometkit_sessions_opened_total')).toBe(4);
  });

  it('count a held poll as open, and each connection of messages under its name', async () => {
    const world = scraped();
    const poller = await world.join('xml');
    await poller.does('listen', { mode: 'long-poll', subject: '/a' });
    void poller.does('refresh');
    const names = ['websocket', 'tcp', 'udp'] as const;
    for (const name of names) {
      const caller = callers(world, { name }).call();
      caller.says('join-listen', { subject: '/a' });
    }
    expect(await world.value('cometkit_sessions{transport="long-poll",state="open"}')).toBe(1);
    for (const name of names)
      expect(await world.value(`cometkit_sessions{transport="${name}",state="open"}`)).toBe(1);
    expect(await world.value('cometkit_sessions{transport="other",state="open"}')).toBe(0);
  });

  it('count as other where another layer has made them', async () => {
    const { hub, value } = scraped();
    hub.join({ context: { mode: '__proto__' } });
    hub.join();
    expect(await value('cometkit_sessions{transport="other",state="away"}')).toBe(2);
  });

  it('count as behind when events wait for an open channel, with the lag of the slowest', async () => {
    const { get, hub, turn, value } = scraped();
    const slow = await get(streams);
    await get(streams);
    await turn();
    slow.outlet.congest();
    for (let n = 0; n < 4; n += 1) {
      hub.publish('/a', n);
      await turn();
    }
    expect(await value('cometkit_sessions_behind')).toBe(1);
    expect(await value('cometkit_lag_events')).toBe(3);
  });

  it('count as ended by why they did', async () => {
    const { join, hub, value, advance } = scraped({}, { embryonicLeaseMs: 1000 });
    await (await join('ndjson')).does('leave');
    await join('ndjson');
    await advance(2000);
    await join('ndjson');
    hub.close();
    const reasons = ['left', 'expired', 'shutdown'];
    const ended = reasons.map((reason) => value(`cometkit_sessions_closed_total{reason="${reason}"}`));
    expect(await Promise.all(ended)).toEqual([1, 1, 1]);
  });
});

describe('events', () => {
  it('count once when published and once for each channel, alone or together', async () => {
    const { get, hub, turn, value } = scraped();
    const answers = [await get(streams), await get(streams), await get(streams)];
    await turn();
    for (let n = 0; n < 3; n += 1) {
      hub.publish('/a', n);
      await turn();
    }
    expect(await value('cometkit_events_published_total')).toBe(3);
    expect(await value('cometkit_events_delivered_total')).toBe(9);
    const written = answers.reduce(
      (sum, { outlet }) => sum + new TextEncoder().encode(outlet.text).length,
      0,
    );
    expect(await value('cometkit_written_bytes_total{channel="stream"}')).toBe(written);
  });

  it('count in bytes of UTF-8 when a poll is answered', async () => {
    const { join, hub, value } = scraped();
    const poller = await join('xml');
    await poller.does('listen', { mode: 'poll', subject: '/a' });
    hub.publish('/a', { text: 'é€' });
    const { body } = await poller.does('refresh');
    expect(await value('cometkit_written_bytes_total{channel="poll"}')).toBe(
      new TextEncoder().encode(body).length,
    );
  });

  it('count as coalesced when a newer one of their subject takes their place', async () => {
    const { join, hub, value } = scraped({}, { queueLimit: 4, overflow: 'latest-per-subject' });
    await (await join('xml')).does('listen', { mode: 'poll', subject: '/a' });
    for (let n = 0; n < 5; n += 1) hub.publish('/a', n);
    expect(await value('cometkit_events_coalesced_total')).toBe(4);
  });
});

describe('a client that comes back', () => {
  it('is a hit where the log still has its place, and a miss and a gap where it has not', async () => {
    const { get, hub, turn, value } = scraped({}, { log: { maxEvents: 3 } });
    let told = 0;
    hub.on('gap', () => {
      told += 1;
    });
    const place = hub.cursor();
    hub.publish('/a', 1);
    await get({ ...streams, ack: place });
    for (let n = 0; n < 5; n += 1) hub.publish('/a', n);
    await get({ ...streams, ack: place });
    await turn();
    expect(await value('cometkit_resumes_total{outcome="hit"}')).toBe(1);
    expect(await value('cometkit_resumes_total{outcome="miss"}')).toBe(1);
    expect(told).toBeGreaterThan(0);
    expect(await value('cometkit_gaps_total{reason="trimmed"}')).toBe(told);
  });
});

describe('refusals and failures', () => {
  it('count by code, over every kind of request', async () => {
    const { get, join, value } = scraped({ authorize: { join: () => true }, origins: [] });
    await get({ type: 'join', format: 'nonsense' });
    await get({ type: 'join' }, { headers: { origin: 'https://evil.example', host: 'a.example' } });
    await (await join('ndjson')).does('publish', { subject: '/a', data: '1' });
    const codes = ['unknown-format', 'forbidden-origin', 'not-authorized', 'too-busy'];
    const counts = codes.map((code) => value(`cometkit_refusals_total{code="${code}"}`));
    expect(await Promise.all(counts)).toEqual([1, 1, 1, 0]);
  });

  it('count the hooks that throw, hang or answer nonsense, and how long each took', async () => {
    const answers = [() => 7, () => Promise.reject(new Error('x')), () => new Promise(() => undefined)];
    let asked = 0;
    const { get, advance, turn, value } = scraped({
      authorize: { join: () => answers[asked++]?.() as never },
      hookTimeoutMs: 200,
    });
    const waiting = answers.map(() => get({ type: 'join' }));
    await turn();
    await advance(200);
    await Promise.all(waiting);
    expect(await value('cometkit_hook_failures_total{hook="join"}')).toBe(3);
    expect(await value('cometkit_failures_total')).toBe(3);
    expect(await value('cometkit_hook_duration_seconds_count{hook="join"}')).toBe(3);
    expect(await value('cometkit_hook_duration_seconds_bucket{hook="join",le="0.001"}')).toBe(2);
    expect(await value('cometkit_hook_duration_seconds_sum{hook="join"}')).toBeCloseTo(0.2);
  });
});

describe('the process', () => {
  it('counts how long it stood still, and warns of it', async () => {
    vi.useFakeTimers();
    try {
      const warned: string[] = [];
      const hub = createHub({ logger: { warn: (_details, message) => warned.push(message) } });
      hub.join();
      const { now } = performance;
      const later = vi.spyOn(performance, 'now').mockImplementation(() => now.call(performance) + 5000);
      vi.advanceTimersByTime(100);
      later.mockRestore();
      const { stalls, stalledMs } = totalsOf(hub);
      expect([stalls, Math.round(stalledMs / 100)]).toEqual([1, 50]);
      expect(warned).toEqual([expect.stringMatching(/^the event loop stood still for 5\d\d\d ms/)]);
      hub.close();
    } finally {
      vi.useRealTimers();
    }
  });

  it('counts flushes and how long they took', async () => {
    const { get, hub, turn, value } = scraped();
    await get(streams);
    await turn();
    const before = await value('cometkit_flush_duration_seconds_count');
    hub.publish('/a', 1);
    await turn();
    expect(await value('cometkit_flush_duration_seconds_count')).toBe(before + 1);
  });
});

describe('labels', () => {
  it('have no value that a client chose, and no more values with more clients', async () => {
    const hub = createHub();
    const handler = createHandler(hub, { authorize: { publish: true } });
    const { page } = createMetrics(hub);
    const linesOf = async () => (await page()).body.split('\n').length;
    const before = await linesOf();
    for (let n = 0; n < 50; n += 1) {
      const query = new URLSearchParams({
        type: n % 2 ? `chosen${n}` : 'join-listen',
        subject: `/chosen${n}`,
        format: n % 3 ? 'ndjson' : `chosen${n}`,
        mode: n % 5 ? 'stream' : `chosen${n}`,
        label: `chosen${n}`,
      });
      const headers = { origin: n % 7 ? `https://chosen${n}.example` : '', host: `chosen${n}.example` };
      const response = await handler.handle(new MemoryRequest({ query: query.toString(), headers }));
      if ('open' in response) response.open(new MemoryOutlet());
    }
    hub.publish('/chosen', 1);
    expect((await page()).body).not.toContain('chosen');
    expect(await linesOf()).toBe(before);
    await handler.close();
  });
});
