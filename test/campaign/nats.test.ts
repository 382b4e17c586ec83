import { describe, it } from 'vitest';
import { skipsNats } from '../support/nats.ts';
import { quickCampaign } from './quick.ts';

describe.skipIf(skipsNats())('three nodes over NATS', () => {
  it('lose nothing untold and repeat nothing, whatever happens to them and their engine', async () => {
    await quickCampaign('nats');
  }, 150_000);
});
