import { createNodeHandler } from '@cometkit/node';
import { eachAdapter } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { disposablePushServer } from './push-server-stage.ts';

describe('the push server', () => {
  eachAdapter(async (hub, options) => {
    const stage = await disposablePushServer(createNodeHandler(hub, { ...options, path: '/push' }));
    return {
      url: stage.url,
      close: async () => {
        await stage.close();
        // HEAD, DELETE and what is too large to come in one piece are for the server behind.
        expect(stage.handedOver()).toBeLessThanOrEqual(1);
      },
    };
  }, it);
});
