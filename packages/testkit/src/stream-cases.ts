import assert from 'node:assert/strict';
import { openStream } from './http-client.ts';
import { type AdapterCase, eventually, join, urlOf } from './stage.ts';

const formats = ['js', 'xml', 'xml-strict', 'json', 'ndjson', 'sse'];

/** What every adapter does with answers that last. */
export const streamCases: Readonly<Record<string, AdapterCase>> = {
  'streams events as they happen, in each format': async (stage) => {
    for (const format of formats) {
      const fields = { type: 'join-listen', subject: '/fx', format };
      const stream = await openStream(urlOf(stage, fields));
      await stream.until('join-listen-ack');
      stage.hub.publish('/fx/eur', { bid: 'one' });
      await stream.until('one');
      stage.hub.publish('/fx/eur', { bid: 'two' });
      await stream.until('two');
      stream.close();
      await eventually('the channel is released', () => stage.hub.stats().attached === 0);
    }
  },

  'asks whatever stands between to pass each event on at once': async (stage) => {
    for (const format of formats) {
      const stream = await openStream(urlOf(stage, { type: 'join-listen', format }));
      assert.equal(stream.headers['incremental'], '?1', format);
      assert.equal(stream.headers['x-accel-buffering'], 'no', format);
      assert.match(stream.headers['cache-control'] ?? '', /no-transform/, format);
      stream.close();
    }
  },

  'sends heartbeats while nothing happens': async (stage) => {
    const stream = await openStream(urlOf(stage, { type: 'join-listen', format: 'xml' }));
    await stream.until('p_event="hb"', 3);
    stream.close();
  },

  'delivers a burst in order and whole': async (stage) => {
    const stream = await openStream(urlOf(stage, { type: 'join-listen', subject: '/n', format: 'ndjson' }));
    await stream.until('join-listen-ack');
    const numbers = Array.from({ length: 2000 }, (_, index) => index);
    for (const n of numbers) stage.hub.publish('/n', { n, filler: 'x'.repeat(100) });
    const lines = (await stream.until('"n":1999,')).split('\n');
    assert.deepEqual(lines.flatMap((line) => /"n":(\d+),/.exec(line)?.[1] ?? []).map(Number), numbers);
    stream.close();
  },

  'holds a long poll until there is an event': async ({ hub, url }) => {
    const session = await join({ hub, url }, 'xml');
    const first = await session.command({ type: 'listen', mode: 'long-poll', subject: '/a' });
    assert.match(first.body, /listen-ack.*p_event="refresh" p_wait="10"/);
    const held = session.command({ type: 'refresh' });
    await eventually('the poll is held', () => hub.stats().attached === 1);
    hub.publish('/a', { x: 1 });
    assert.match((await held).body, /refresh-ack.*p_event="data".*x="1".*p_event="refresh"/);
  },

  'ends an idle long poll with a heartbeat': async (stage) => {
    const session = await join(stage, 'xml');
    const answer = await session.command({ type: 'refresh' });
    assert.match(answer.body, /refresh-ack.*p_event="hb".*p_event="refresh"/);
  },

  'answers a poll at once': async (stage) => {
    const session = await join(stage, 'xml');
    await session.command({ type: 'listen', mode: 'poll' });
    const answer = await session.command({ type: 'refresh' });
    assert.match(answer.body, /^<event p_event="refresh-ack"[^>]*><event p_event="refresh" p_wait="20"/);
  },

  'ends a held long poll without a refresh when a newer one comes': async (stage) => {
    const session = await join(stage, 'xml');
    const older = session.command({ type: 'refresh' });
    await eventually('the poll is held', () => stage.hub.stats().attached === 1);
    const newer = session.command({ type: 'refresh' });
    assert.doesNotMatch((await older).body, /p_event="refresh"/);
    assert.match((await newer).body, /p_event="refresh"/);
  },

  'lets go of a held long poll whose client goes away, and loses nothing': async (stage) => {
    const session = await join(stage, 'xml');
    await session.command({ type: 'subscribe', subject: '/a' });
    const gone = new AbortController();
    const held = session.command({ type: 'refresh' }, { signal: gone.signal });
    await eventually('the poll is held', () => stage.hub.stats().attached === 1);
    gone.abort();
    await assert.rejects(held);
    await eventually('the poll is released', () => stage.hub.stats().attached === 0);
    stage.hub.publish('/a', { x: 'kept' });
    assert.match((await session.command({ type: 'refresh' })).body, /x="kept"/);
  },

  'keeps what a lost connection did not get': async (stage) => {
    const session = await join(stage, 'ndjson');
    await session.command({ type: 'subscribe', subject: '/a' });
    const first = await session.channel({ type: 'listen' });
    await first.until('listen-ack');
    first.close();
    await eventually('the channel is released', () => stage.hub.stats().attached === 0);
    stage.hub.publish('/a', 'kept');
    const second = await session.channel({ type: 'listen' });
    await second.until('kept');
    second.close();
  },

  'lets the newest channel win and ends the older one': async (stage) => {
    const session = await join(stage, 'xml');
    const first = await session.channel({ type: 'listen', subject: '/a' });
    await first.until('listen-ack');
    const second = await session.channel({ type: 'listen' });
    assert.doesNotMatch(await first.rest(), /abort|refresh/);
    stage.hub.publish('/a', { x: 'only' });
    await second.until('only');
    second.close();
  },

  'ends streams and held pulls with abort when the hub closes': async (stage) => {
    const pulling = await join(stage, 'xml-strict');
    const held = pulling.channel({ type: 'refresh' });
    const stream = await openStream(urlOf(stage, { type: 'join-listen', format: 'sse' }));
    await stream.until('join-listen-ack');
    await eventually('both wait', () => stage.hub.stats().attached === 2);
    stage.hub.close();
    assert.match(await stream.rest(), /event: abort\n/);
    assert.match(await (await held).rest(), /p_event="abort".*<\/pushlet>$/);
  },

  'ends the stream of a session that leaves': async (stage) => {
    const session = await join(stage, 'xml');
    const stream = await session.channel({ type: 'listen' });
    await stream.until('listen-ack');
    const answer = await session.command({ type: 'leave' });
    assert.match(answer.body, /leave-ack/);
    await stream.rest();
    assert.equal(stage.hub.stats().sessions, 0);
  },
};
