import { describe, expect, it } from 'vitest';
import { runClusterSeed } from './cluster-run.ts';

const from = Number(process.env['SEED'] ?? 1);
const seeds = Number(process.env['SEEDS'] ?? 25);

describe('three nodes over one log, whose clients meet another node at every request', () => {
  it(`give everything in order, exactly once, or told, for ${seeds} seeds`, {
    timeout: 600_000,
  }, async () => {
    const accidents = new Set<string>();
    let events = 0;
    const found: Record<number, readonly string[]> = {};
    for (let seed = from; seed < from + seeds; seed += 1) {
      const result = await runClusterSeed(seed);
      events += result.events;
      for (const name of result.accidents.keys()) accidents.add(name);
      if (result.problems.length > 0) found[seed] = result.problems.slice(0, 4);
    }
    expect(found).toEqual({});
    expect(events).toBeGreaterThan(seeds * 50);
  });
});
