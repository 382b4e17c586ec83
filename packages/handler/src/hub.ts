import { createHub as createCoreHub, type Hub, type HubOptions, hubRules } from '@cometkit/core';
import { checkOptions } from '@cometkit/core/check-options';
import { handlerRules } from './options.ts';
import { systemRuntime } from './runtime.ts';
import { startTicker } from './ticker.ts';

/**
 * Makes a hub that runs: with the platform's clocks and randomness, and the one timer, which never keeps a process alive.
 *
 * @throws RangeError, TypeError — an option is out of its range.
 */
export function createHub(options: HubOptions = {}): Hub {
  checkOptions(options, hubRules, { 'what serves the hub': handlerRules });
  const hub = createCoreHub(systemRuntime(), options);
  startTicker(hub);
  return hub;
}
