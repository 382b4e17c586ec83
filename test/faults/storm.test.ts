import { describe, expect, it } from 'vitest';
import { storm } from './storm.ts';

describe('real clients over real sockets through a proxy that spoils connections', () => {
  it('get every event once and in order, while they switch transports', async () => {
    const seed = 1;
    const report = await storm({
      seed,
      readers: 8,
      eventsPerSecond: 60,
      events: 4000,
      faults: 100,
      longestMs: 12_000,
      slow: false,
    });
    expect(report.problems).toEqual([]);
    const { lost, repeated, reordered, fabricated, covered } = report;
    expect({ lost, repeated, reordered, fabricated, covered }).toEqual({
      lost: 0,
      repeated: 0,
      reordered: 0,
      fabricated: 0,
      covered: 0,
    });
    expect(report.events).toBe(report.handed);
    expect(report.faults).toBeGreaterThanOrEqual(100);
    expect(report.struck.size).toBeGreaterThanOrEqual(10);
  }, 70_000);
});
