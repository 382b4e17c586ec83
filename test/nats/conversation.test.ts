import { natsCluster } from '@cometkit/nats';
import { afterEach, beforeEach, describe, vi } from 'vitest';
import { conversationSuite } from '../cluster/conversation-suite.ts';
import { NatsServer, skipsNats } from '../support/nats.ts';
import { secret } from './engine.ts';

vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(skipsNats())('two nodes over NATS', () => {
  let server: NatsServer;
  beforeEach(async () => {
    server = await NatsServer.start();
  });
  afterEach(() => server.close());
  conversationSuite(() => natsCluster({ servers: server.servers, secret }));
});
