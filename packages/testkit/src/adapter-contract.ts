import type { HandlerOptions } from '@cometkit/handler';
import { createHub, type Hub } from '@cometkit/node';
import { finiteCases } from './finite-cases.ts';
import { type AdapterCase, publishKey } from './stage.ts';
import { streamCases } from './stream-cases.ts';

/** A server that an adapter has started for one case. */
export interface StartedServer {
  /** Where the endpoint is, without a query. */
  readonly url: string;
  /**
   * Stops it.
   *
   * @throws {Error} the adapter leaves something open.
   */
  close(): Promise<void>;
}

/** Starts a server in which the adapter under test serves a hub. */
export type StartServer = (hub: Hub, options: HandlerOptions) => Promise<StartedServer>;

/** Registers a case: the `it` or `test` of any runner. */
export type RegisterCase = (name: string, run: () => Promise<void>) => void;

const cases: Readonly<Record<string, AdapterCase>> = { ...finiteCases, ...streamCases };

const options: HandlerOptions = {
  authorize: { publish: true },
  publishEndpoint: { key: publishKey },
  longPollWaitMs: { min: 10, max: 10 },
  pollWaitMs: { min: 20, max: 20 },
  maxBodyBytes: 4096,
};

/**
 * The contract that every adapter keeps, as cases for any test runner.
 *
 * @example
 * ```ts
 * describe('my adapter', () => eachAdapter(start, it));
 * ```
 */
export function eachAdapter(start: StartServer, register: RegisterCase): void {
  for (const [name, run] of Object.entries(cases)) {
    register(name, async () => {
      const hub = createHub({ heartbeatMs: 300 });
      const server = await start(hub, options);
      try {
        await run({ hub, url: server.url });
      } finally {
        hub.close();
        await server.close();
      }
    });
  }
}
