import { type AnySubjects, createPureHub, type Hub, type SubjectMap } from '@cometkit/core';
import { checkOptions } from '@cometkit/core/check-options';
import { type HubOptions, hubRules } from './hub-options.ts';
import { warnOfLosses, warnOfStall, warnOfWorkers } from './hub-warnings.ts';
import { handlerRules } from './options.ts';
import { watchPresence } from './presence/watch-presence.ts';
import { systemRuntime } from './runtime.ts';
import { startTicker } from './ticker.ts';
import { marksItsSessions } from './unknown-session.ts';
import { Warnings } from './warnings.ts';

/**
 * Makes a running hub: with the platform's clocks and randomness, and one timer, which never keeps the process alive.
 *
 * @typeParam Subjects - which data goes with which subject, such as `{ '/orders/:id': Order }`; clients take the same type.
 * @throws RangeError, TypeError — an option is not valid.
 */
export function createHub<Subjects extends SubjectMap = AnySubjects>(
  options: HubOptions = {},
): Hub<Subjects> {
  checkOptions(options, hubRules, { 'what serves the hub': handlerRules });
  const { logger, presence, ...limits } = options;
  const runtime = systemRuntime();
  const warnings = new Warnings(logger, runtime.now);
  const hub: Hub = createPureHub(runtime, limits);
  if (presence !== undefined) hub.presence = watchPresence(hub, presence, runtime);
  marksItsSessions(hub);
  warnOfWorkers(warnings);
  warnOfLosses(hub, warnings);
  startTicker(hub, (stallMs) => warnOfStall(warnings, stallMs));
  return hub;
}
