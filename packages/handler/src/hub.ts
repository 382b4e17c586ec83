import { createHub as createCoreHub, type Hub, type HubOptions } from '@cometkit/core';
import { systemRuntime } from './runtime.ts';
import { startTicker } from './ticker.ts';

/**
 * Makes a hub that runs: with the platform's clocks and randomness, and the one timer, which never keeps a process alive.
 *
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function createHub(options?: HubOptions): Hub {
  const hub = createCoreHub(systemRuntime(), options);
  startTicker(hub);
  return hub;
}
