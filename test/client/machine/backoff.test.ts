import { describe, expect, it } from 'vitest';
import { type Backoff, countFailure, pauseAfter } from '../../../packages/client/src/machine/backoff.ts';

/** Chance with a seed: the same in every run. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** How long after the end of an outage each of many clients is back, in milliseconds, lowest first. */
function waitsAfter(outageMs: number, clients: number): number[] {
  const random = chance(outageMs);
  const waits = Array.from({ length: clients }, () => {
    const backoff: Backoff = { cuts: 0, at: 0 };
    while (backoff.at < outageMs) countFailure(backoff, backoff.at, random());
    return backoff.at - outageMs;
  });
  return waits.sort((a, b) => a - b);
}

describe('the pause after a failure', () => {
  it('spreads the first attempt over 340 milliseconds', () => {
    expect([pauseAfter(undefined, 0), pauseAfter(undefined, 1)]).toEqual([0, 340]);
  });

  it('is bounded by the time of the outage, not by the number of attempts', () => {
    expect([0, 1000, 10_000, 60_000, 1e9].map((ms) => pauseAfter(ms, 1))).toEqual([
      340, 340, 3000, 18_000, 30_000,
    ]);
    expect(pauseAfter(10_000, 0)).toBe(1500);
  });

  it.each([
    [1, 340],
    [100, 340],
    [500, 340],
    [1000, 340],
    [3000, 1500],
    [10_000, 3000],
  ])('lets 99 of 100 clients come back soon after an outage of %i ms: within %i ms', (outageMs, boundMs) => {
    const waits = waitsAfter(outageMs, 20_000);
    expect(waits[Math.floor(waits.length * 0.99)]).toBeLessThanOrEqual(boundMs);
  });

  it.each([1, 100, 200, 300, 400, 500, 700, 1000, 1200, 1500, 2000, 3000, 10_000])(
    'makes no herd of 1000 clients after an outage of %i ms',
    (outageMs) => {
      const waits = waitsAfter(outageMs, 1000);
      const most = Math.max(
        ...waits.map((from) => waits.filter((at) => at >= from && at < from + 100).length),
      );
      expect(most).toBeLessThanOrEqual(1000 / 3);
    },
  );
});
