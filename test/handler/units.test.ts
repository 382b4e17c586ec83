import { ndjsonFormat } from '@cometkit/codec';
import type { CometEvent } from '@cometkit/core';
import { manualRuntime } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { EncodeCache } from '../../packages/handler/src/encode-cache.ts';
import { Flusher } from '../../packages/handler/src/flush.ts';
import { systemRuntime } from '../../packages/handler/src/runtime.ts';
import { resolveHandlerOptions } from '../../packages/handler/src/settings.ts';
import { Deliveries } from '../../packages/handler/src/transports/deliveries.ts';
import { Watchdog } from '../../packages/handler/src/watchdog.ts';
import { stage } from './kit.ts';

describe('Deliveries', () => {
  it('tells the last position whose bytes are out', () => {
    const deliveries = new Deliveries();
    for (const position of [5, 7]) {
      deliveries.written(10);
      deliveries.note(position);
    }
    expect(deliveries.left(15)).toBeUndefined();
    expect(deliveries.left(10)).toBe(5);
    expect(deliveries.left(10)).toBeUndefined();
    expect(deliveries.left(0)).toBe(7);
  });

  it('counts what is no event', () => {
    const deliveries = new Deliveries();
    deliveries.written(100);
    deliveries.written(10);
    deliveries.note(1);
    deliveries.written(50);
    expect(deliveries.left(51)).toBeUndefined();
    expect(deliveries.left(50)).toBe(1);
  });
});

describe('Watchdog', () => {
  function watch() {
    const runtime = manualRuntime();
    const stalls = new Watchdog(runtime, 1000);
    const stalled: string[] = [];
    const reader = (name: string) => ({ stalled: () => void stalled.push(name) });
    return { runtime, stalls, stalled, reader };
  }

  it('uses one timer for all, and none while there is nothing to watch', () => {
    const { runtime, stalls, reader } = watch();
    const readers = ['a', 'b', 'c'].map(reader);
    for (const each of readers) stalls.add(each);
    expect(runtime.timers).toBe(1);
    for (const each of readers) stalls.remove(each);
    expect(runtime.timers).toBe(0);
  });

  it('tells each at its own time, once', () => {
    const { runtime, stalls, stalled, reader } = watch();
    const [a, b] = [reader('a'), reader('b')];
    stalls.add(a);
    runtime.advance(600);
    stalls.add(b);
    stalls.add(a);
    runtime.advance(400);
    expect(stalled).toEqual(['a']);
    runtime.advance(600);
    expect(stalled).toEqual(['a', 'b']);
    runtime.advance(5000);
    expect([stalled, runtime.timers]).toEqual([['a', 'b'], 0]);
  });

  it('goes on when one comes back while it looks', () => {
    const { runtime, stalls } = watch();
    let times = 0;
    const reader = {
      stalled: () => {
        times += 1;
        if (times < 3) stalls.add(reader);
      },
    };
    stalls.add(reader);
    runtime.advance(10_000);
    expect([times, runtime.timers]).toEqual([3, 0]);
  });
});

describe('Flusher', () => {
  it('flushes once a turn, and what a flush makes dirty in the next', () => {
    const tasks: (() => void)[] = [];
    const log: string[] = [];
    const flusher = new Flusher(
      (task) => void tasks.push(task),
      () => log.push('end'),
      { ms: 0, now: () => 0, later: () => () => undefined },
    );
    const again = { flush: () => void log.push('again') };
    flusher.add({
      flush: () => {
        log.push('a');
        flusher.add(again);
      },
    });
    flusher.add({ flush: () => void log.push('b') });
    expect(tasks).toHaveLength(1);
    tasks.shift()?.();
    expect(log).toEqual(['a', 'b', 'end']);
    tasks.shift()?.();
    expect(log.slice(3)).toEqual(['again', 'end']);
  });
});

describe('EncodeCache', () => {
  const uneven = (n: number): number => (n % 2 === 0 ? 10 : 20_000);

  function events(
    count: number,
    size = uneven,
  ): { encoder: EncodeCache; items: CometEvent[]; encoded: () => number } {
    const { hub } = stage();
    const format = ndjsonFormat;
    if (format === undefined) throw new Error('no ndjson');
    let encoded = 0;
    const counting = Object.create(format, {
      shared: {
        value: (item: CometEvent) => {
          encoded += 1;
          return format.shared(item);
        },
      },
    });
    return {
      encoder: new EncodeCache(counting),
      items: Array.from({ length: count }, (_, n) => hub.publish('/a', 'x'.repeat(size(n)))),
      encoded: () => encoded,
    };
  }

  it('encodes an event once, however many ask', () => {
    const { encoder, items, encoded } = events(1);
    for (let n = 0; n < 1000; n += 1) {
      encoder.batch(items.slice());
      encoder.release();
    }
    expect(encoded()).toBe(1);
  });

  it('gives the same bytes to all who ask for the same batch in one flush', () => {
    const { encoder, items } = events(4);
    const bytes = encoder.batch(items);
    expect(encoder.batch(items.slice())).toBe(bytes);
    expect(encoder.batch(items.slice(1))).not.toBe(bytes);
  });

  it('remembers the newest events, and no large ones', () => {
    const { encoder, items, encoded } = events(600);
    for (const item of items) encoder.batch([item]);
    expect(encoded()).toBe(600);
    for (const item of items.slice(-256)) encoder.batch([item]);
    expect(encoded()).toBe(600 + 128);
  });

  it('gives the last of a crowd what it joined for the first, who have 1,000 events of 3 KB already', () => {
    const { encoder, items } = events(1000, () => 3000);
    const places = Array.from({ length: 62 }, (_, at) => at * 16);
    const read = () =>
      places.map((at) => {
        const bytes = encoder.batch(items.slice(at, at + 16));
        encoder.release();
        return bytes;
      });
    const first = read();
    expect([read(), read()].flat().filter((bytes, at) => bytes !== first[at % first.length])).toEqual([]);
  });
});

describe('the options', () => {
  it.each([
    { format: 'yaml' as never },
    { matching: 'regex' as never },
    { cookieless: 'maybe' as never },
    { maxBodyBytes: 0 },
    { stallMs: Number.NaN },
    { longPollWaitMs: { min: 5, max: 4 } },
    { pollWaitMs: { min: -1, max: 4 } },
  ])('refuse %j when they are made, not later', (options) => {
    expect(() => resolveHandlerOptions(options)).toThrow(RangeError);
  });

  it('have defaults', () => {
    expect(resolveHandlerOptions()).toMatchObject({
      matching: 'path',
      cookieless: 'address',
      maxBodyBytes: 65_536,
      longPollWaitMs: { min: 2000, max: 6000 },
    });
  });
});

describe('the real runtime', () => {
  it('makes ids of 128 bits that are all different and evenly spread', () => {
    const { randomId } = systemRuntime();
    const ids = Array.from({ length: 20_000 }, randomId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.every((id) => /^[\w-]{22}$/.test(id))).toBe(true);
    const counts = new Map<string, number>();
    for (const id of ids)
      for (const letter of id.slice(0, 21)) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    const expected = (ids.length * 21) / 64;
    const chiSquare = [...counts.values()].reduce(
      (sum, count) => sum + (count - expected) ** 2 / expected,
      0,
    );
    expect([counts.size, chiSquare < 130]).toEqual([64, true]);
  });

  it('throws dice that fall on every number of the range and on no other', () => {
    const { randomInteger } = systemRuntime();
    const seen = new Set(Array.from({ length: 500 }, () => randomInteger(3, 6)));
    expect([...seen].sort()).toEqual([3, 4, 5, 6]);
  });

  it('never runs a deferred task at once', async () => {
    const { defer } = systemRuntime();
    let ran = false;
    defer(() => {
      ran = true;
    });
    expect(ran).toBe(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(ran).toBe(true);
  });
});
