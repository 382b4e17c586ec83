import { createNodeHandler } from '@cometkit/node';
import { eachAdapter } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { disposableServer } from '../support/disposable-server.ts';

describe('the handler for node:http', () => {
  eachAdapter((hub, options) => disposableServer(createNodeHandler(hub, { ...options, path: '/push' })), it);
});
