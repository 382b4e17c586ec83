import { expect } from 'vitest';
import { campaign } from './campaign.ts';
import type { EngineName } from './engine.ts';

/** A campaign of some seconds with a client of each kind. */
export async function quickCampaign(engine: EngineName): Promise<void> {
  const report = await campaign({
    engine,
    seed: 7,
    readers: 6,
    eventsPerSecond: 60,
    faultMs: 300,
    events: 100_000,
    faults: 500,
    longestMs: 8000,
  });
  const { lost, repeated, reordered, problems } = report;
  expect({ lost, repeated, reordered, problems }).toEqual({
    lost: 0,
    repeated: 0,
    reordered: 0,
    problems: [],
  });
  expect(report.accepted).toBeGreaterThan(50);
}
