import { describe, expect, it } from 'vitest';
import { scopeCount } from '../../scripts/sim.mjs';
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
    const broken = [87, 278, 571, 3600, 4289, 11_505, 28_494, 41_945, 85_767, 2052];
    broken.push(28_104, 36_392, 37_491, 48_139, 49_784, 70_866, 71_197);
    broken.push(49_254, 58_815, 63_378, 71_113, 79_141, 29_407);
    for (const seed of broken) expect((await runSeed(seed)).problems).toEqual([]);
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
  it('has as many small runs as are proved', () => {
    expect(scopes).toHaveLength(scopeCount);
  });

  it('gives the same run for the same seed', async () => {
    const [first, second] = [await runSeed(3), await runSeed(3)];
    expect(second).toEqual(first);
  });

  for (const scope of scopes) {
    it(`hands over every event when nothing goes wrong: ${scope.name}`, async () => {
      const { result } = await runPlanned(scope, []);
      expect(result.problems).toEqual([]);
      expect(result.verdicts[0]).toMatchObject({ expected: 5, handed: 5, covered: 0, lost: 0 });
    });
  }

  it('serves clients together', async () => {
    for (const scope of scopes) {
      const { result } = await runPlanned(scope, []);
      expect(result.grouped).toBeGreaterThanOrEqual(scope.crowd ?? 0);
    }
    const crowds = await Promise.all([5, 6, 16, 17, 27, 28].map((seed) => runSeed(seed)));
    expect(Math.max(...crowds.map(({ grouped }) => grouped))).toBeGreaterThan(2);
  });

  it('carries events over WebSockets and over TCP', async () => {
    const carried = { 'web-socket': 0, tcp: 0 };
    for (const scope of scopes) {
      await runPlanned(scope, [], (line) => {
        const [, over] = /(web-socket|tcp) down .*"type":"data"/s.exec(line) ?? [];
        if (over !== undefined) carried[over as keyof typeof carried] += 1;
      });
    }
    expect(carried['web-socket']).toBeGreaterThanOrEqual(8);
    expect(carried.tcp).toBeGreaterThanOrEqual(5);
  });
});
