import { createPureHub, type Hub } from '@cometkit/core';
import { checkOptions } from '@cometkit/core/check-options';
import { type HubOptions, hubRules } from './hub-options.ts';
import { warnOfLosses, warnOfStall } from './hub-warnings.ts';
import { handlerRules } from './options.ts';
import { systemRuntime } from './runtime.ts';
import { startTicker } from './ticker.ts';
import { Warnings } from './warnings.ts';

/**
 * Makes a running hub: with the platform's clocks and randomness, and one timer, which never keeps the process alive.
 *
 * @throws RangeError, TypeError — an option is not valid.
 */
export function createHub(options: HubOptions = {}): Hub {
  checkOptions(options, hubRules, { 'what serves the hub': handlerRules });
  const { logger, ...limits } = options;
  const runtime = systemRuntime();
  const warnings = new Warnings(logger, runtime.now);
  const hub = createPureHub(runtime, limits);
  warnOfLosses(hub, warnings);
  startTicker(hub, (stallMs) => warnOfStall(warnings, stallMs));
  return hub;
}
