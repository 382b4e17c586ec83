import { EngineModel } from '@cometkit/testkit';
import { beforeEach, describe } from 'vitest';
import { conversationSuite } from './conversation-suite.ts';

describe('two nodes over an engine in memory', () => {
  let model: EngineModel;
  let nodes = 0;
  beforeEach(() => {
    model = new EngineModel();
  });
  conversationSuite(() => model.node(`n${nodes++}`));
});
