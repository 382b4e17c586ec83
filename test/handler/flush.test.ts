import { ndjsonFormat } from '@cometkit/codec';
import { createHub, systemRuntime } from '@cometkit/handler';
import { manualRuntime } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { EncodeCache } from '../../packages/handler/src/encode-cache.ts';
import { Flusher } from '../../packages/handler/src/flush.ts';
import { resolveHandlerOptions } from '../../packages/handler/src/settings.ts';

/** A flusher with a window of 2 ms, and something to flush that takes as long as a test says. */
function stage(windowMs = 2) {
  const runtime = manualRuntime();
  const times: number[] = [];
  const start = runtime.now();
  const clock = { extra: 0 };
  const window = { ms: windowMs, now: () => runtime.now() + clock.extra, later: runtime.later };
  const flusher = new Flusher(runtime.defer, () => undefined, window);
  const flushable = {
    takesMs: 0,
    flush() {
      times.push(runtime.now() - start);
      clock.extra += this.takesMs;
    },
  };
  return { runtime, times, flusher, flushable };
}

describe('the flush window', () => {
  it('lets nothing wait while flushes are short', () => {
    const { runtime, times, flusher, flushable } = stage();
    for (let n = 0; n < 3; n += 1) {
      flusher.add(flushable);
      runtime.turn();
    }
    expect(times).toEqual([0, 0, 0]);
  });

  it('lets what follows closely on a long flush wait for more, and no longer than the window', () => {
    const { runtime, times, flusher, flushable } = stage();
    flushable.takesMs = 5;
    flusher.add(flushable);
    runtime.turn();
    flusher.add(flushable);
    runtime.turn();
    expect(times).toEqual([0]);
    runtime.advance(1);
    flusher.add({ flush: () => void times.push(-1) });
    runtime.advance(1);
    expect(times).toEqual([0, 2, -1]);
  });

  it('lets nothing wait that comes later than the window after a long flush', () => {
    const { runtime, times, flusher, flushable } = stage();
    flushable.takesMs = 5;
    flusher.add(flushable);
    runtime.turn();
    runtime.advance(2);
    flusher.add(flushable);
    runtime.turn();
    expect(times).toEqual([0, 2]);
  });

  it('is turned off by 0, and refuses what is no whole number of milliseconds', () => {
    const { runtime, times, flusher, flushable } = stage(0);
    flushable.takesMs = 5;
    for (let n = 0; n < 2; n += 1) {
      flusher.add(flushable);
      runtime.turn();
    }
    expect(times).toEqual([0, 0]);
    expect(resolveHandlerOptions().flushWindowMs).toBe(2);
    expect(resolveHandlerOptions({ flushWindowMs: 0 }).flushWindowMs).toBe(0);
    for (const flushWindowMs of [-1, 0.5, Number.NaN])
      expect(() => resolveHandlerOptions({ flushWindowMs })).toThrow(RangeError);
  });
});

describe('batches of one flush', () => {
  it('are made once for sessions that take turns with others who want something else', () => {
    const format = ndjsonFormat;
    if (format === undefined) throw new Error('no ndjson');
    const encoder = new EncodeCache(format);
    const hub = createHub();
    const [a, b, c] = ['/a', '/b', '/c'].map((subject) => hub.publish(subject, subject));
    if (a === undefined || b === undefined || c === undefined) throw new Error('no events');
    const first = encoder.batch([a, b]);
    const second = encoder.batch([b, c]);
    expect(encoder.batch([a, b])).toBe(first);
    expect(encoder.batch([b, c])).toBe(second);
    encoder.release();
    expect(encoder.batch([a, b])).not.toBe(first);
    expect(encoder.batch([a, b])).toEqual(first);
    hub.close();
  });
});

describe('the dice of the real runtime', () => {
  it('make ids of 22 characters that never come twice, however often the pool is filled', () => {
    const { randomId } = systemRuntime();
    const ids = Array.from({ length: 5000 }, () => randomId());
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9_-]{22}$/);
    // Every bit of the 128 is set about half of the time.
    for (let place = 0; place < 22; place += 1)
      expect(new Set(ids.map((id) => id[place])).size).toBe(place < 21 ? 64 : 4);
  });

  it('give every number of a range, both ends included, about equally often', () => {
    const { randomInteger } = systemRuntime();
    const counts = new Map<number, number>();
    for (let n = 0; n < 6000; n += 1) {
      const drawn = randomInteger(3, 8);
      counts.set(drawn, (counts.get(drawn) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).toEqual([3, 4, 5, 6, 7, 8]);
    for (const count of counts.values()) expect(count).toBeGreaterThan(800);
  });
});
