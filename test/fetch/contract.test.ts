import type { Hub } from '@cometkit/fetch';
import { createFetchHandler, type HandlerOptions } from '@cometkit/fetch';
import { eachAdapter, type StartedServer } from '@cometkit/testkit';
import { describe, it } from 'vitest';
import { listen } from '../support/listen.ts';
import { serveFetch } from './serve.ts';

function start(hub: Hub, options: HandlerOptions): Promise<StartedServer> {
  return listen(serveFetch(createFetchHandler(hub, options)), '/push');
}

describe('the fetch adapter', () => eachAdapter(start, it));
