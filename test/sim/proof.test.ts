import { describe, expect, it } from 'vitest';
import { runJob } from './batch.ts';
import { runPlanned, scopes } from './exhaustive.ts';
import { runSeed } from './run.ts';

// The quick form of `npm run prove`: a few seeds, and every single fault of the small runs.
const seeds = 25;

describe('in order, exactly once, or told', () => {
  it(`holds for ${seeds} seeds of random faults`, { timeout: 60_000 }, async () => {
    const report = await runJob({ kind: 'seeds', from: 1, count: seeds, events: 120 }, () => undefined);
    expect(report.failures).toEqual([]);
    expect(report.events).toBe(report.handed + report.covered);
    expect(Object.keys(report.kinds).length).toBeGreaterThanOrEqual(10);
  });

  it('holds for seeds that once broke it', { timeout: 60_000 }, async () => {
    for (const seed of [87, 278, 571, 3600, 11_505]) expect((await runSeed(seed)).problems).toEqual([]);
  });

  for (const [index, { name }] of scopes.entries()) {
    it(`holds under every single fault: ${name}`, { timeout: 60_000 }, async () => {
      const report = await runJob({ kind: 'scope', index, pairs: false }, () => undefined);
      expect(report.failures).toEqual([]);
      expect(report.runs).toBeGreaterThan(100);
    });
  }
});

describe('the simulation', () => {
  it('gives the same run for the same seed', async () => {
    const [first, second] = [await runSeed(3), await runSeed(3)];
    expect(second).toEqual(first);
  });

  it('hands over every event when nothing goes wrong', async () => {
    const [scope] = scopes;
    if (scope === undefined) throw new Error('there is no scope');
    const { result } = await runPlanned(scope, []);
    expect(result.verdicts[0]).toMatchObject({ expected: 5, handed: 5, covered: 0, lost: 0 });
  });
});
