/**
 * For authors of adapters on top of fetch: the rules of the options.
 *
 * @packageDocumentation
 */
export type { SubjectMap, UnknownSubjects } from '@cometkit/core';
export type { ClusterHub } from '@cometkit/core/cluster';
export {
  type ClusterHubOptions,
  closeRules,
  handlerRules,
  hubRules,
  type Logger,
  systemRuntime,
} from '@cometkit/handler';
export type { RequestInfo } from './to-http-request.ts';
