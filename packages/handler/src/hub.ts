import { type AnySubjects, createPureHub, type Hub, type SubjectMap } from '@cometkit/core';
import { checkOptions } from '@cometkit/core/check-options';
import type { Cluster, ClusterHub } from '@cometkit/core/cluster';
import { noteEngine } from './cluster/engines.ts';
import { type ClusterHubOptions, type HubOptions, hubRules } from './hub-options.ts';
import { warnOfLosses, warnOfStall, warnOfWorkers } from './hub-warnings.ts';
import { handlerRules } from './options.ts';
import { watchPresence } from './presence/watch-presence.ts';
import { systemRuntime } from './runtime.ts';
import { startTicker } from './ticker.ts';
import { marksItsSessions } from './unknown-session.ts';
import { Warnings } from './warnings.ts';

/**
 * Makes a running hub that is one of many nodes: what it publishes is on its way to the log until `accepted()` says otherwise. Its
 * first requests and publishes wait until it has read the log.
 *
 * @typeParam Subjects - which data goes with which subject, such as `{ '/orders/:id': Order }`; clients take the same type.
 * @throws RangeError, TypeError — an option is not valid.
 */
export function createHub<Subjects extends SubjectMap = AnySubjects>(
  options: ClusterHubOptions,
): ClusterHub<Subjects>;
/**
 * Makes a running hub: with the platform's clocks and randomness, and one timer, which never keeps the process alive.
 *
 * @typeParam Subjects - which data goes with which subject, such as `{ '/orders/:id': Order }`; clients take the same type.
 * @throws RangeError, TypeError — an option is not valid.
 */
export function createHub<Subjects extends SubjectMap = AnySubjects>(options?: HubOptions): Hub<Subjects>;
export function createHub<Subjects extends SubjectMap = AnySubjects>(
  options: HubOptions | ClusterHubOptions = {},
): Hub<Subjects> {
  checkOptions(options, hubRules, { 'what serves the hub': handlerRules });
  const { logger, cluster, presence, ...limits } = { cluster: undefined, ...options };
  const runtime = systemRuntime();
  const warnings = new Warnings(logger, runtime.now);
  // What a publish gives is the caller's affair; nobody in here looks at it.
  const hub = createPureHub(runtime, limits, cluster) as Hub;
  if (cluster !== undefined) noteEngine(hub, cluster);
  if (presence !== undefined) hub.presence = watchPresence(hub, presence, runtime);
  if (cluster === undefined) {
    marksItsSessions(hub);
    warnOfWorkers(warnings);
  } else joinCluster(hub, cluster, warnings);
  warnOfLosses(hub, warnings);
  startTicker(hub, (stallMs) => warnOfStall(warnings, stallMs));
  return hub;
}

// Requests that come before the log is read wait for it.
function joinCluster(hub: ClusterHub, engine: Cluster, warnings: Warnings): void {
  const failed = (error: unknown): void => warnings.failure(error, 'the engine of the cluster');
  void hub.cluster?.start().catch(failed);
  hub.on('closed', () => void engine.stop().catch(failed));
}
