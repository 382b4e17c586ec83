import { describe, it } from 'vitest';
import { skipsRedis } from '../support/redis.ts';
import { quickCampaign } from './quick.ts';

describe.skipIf(skipsRedis())('three nodes over Redis', () => {
  it('lose nothing untold and repeat nothing, whatever happens to them and their engine', async () => {
    await quickCampaign('redis');
  }, 150_000);
});
