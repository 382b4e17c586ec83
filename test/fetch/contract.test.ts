import type { Hub } from '@cometkit/fetch';
import { createFetchHandler, type HandlerOptions } from '@cometkit/fetch';
import { eachAdapter, type StartedServer } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { listen } from '../support/listen.ts';
import { type AbortedBy, serveFetch } from './serve.ts';

describe.each<AbortedBy>(['leaving', 'end of body'])(
  'the fetch adapter on a platform whose signal is aborted by %s',
  (abortedBy) => {
    function start(hub: Hub, options: HandlerOptions): Promise<StartedServer> {
      return listen(serveFetch(createFetchHandler(hub, options), abortedBy), '/push');
    }
    eachAdapter(start, it);
  },
);
