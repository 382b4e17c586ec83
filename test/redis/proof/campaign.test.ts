import { describe, expect, it } from 'vitest';
import { skipsRedis } from '../../support/redis.ts';
import { campaign } from './campaign.ts';

describe.skipIf(skipsRedis())('three nodes over Redis', () => {
  it('lose nothing untold and repeat nothing, whatever happens to them and their engine', async () => {
    const report = await campaign({
      seed: 7,
      readers: 6,
      eventsPerSecond: 30,
      faultMs: 400,
      events: 1000,
      faults: 15,
      longestMs: 20_000,
    });
    const { lost, repeated, reordered, problems } = report;
    expect({ lost, repeated, reordered, problems }).toEqual({
      lost: 0,
      repeated: 0,
      reordered: 0,
      problems: [],
    });
    expect(report.accepted).toBeGreaterThan(50);
  }, 150_000);
});
