import { createNodeHandler } from '@cometkit/node';
import { eachAdapter } from '@cometkit/testkit';
import { describe, expect, it } from 'vitest';
import { disposableFront } from './front-stage.ts';

describe('the front door', () => {
  eachAdapter(async (hub, options) => {
    const stage = await disposableFront(createNodeHandler(hub, { ...options, path: '/push' }));
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
