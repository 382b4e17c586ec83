import { type HubOptions as CoreHubOptions, hubRules as coreHubRules } from '@cometkit/core';
import { list, type RulesOf, suchAs, text } from '@cometkit/core/check-options';
import type { Cluster } from '@cometkit/core/cluster';
import { type Logger, loggerRule } from './logger.ts';

/** Options of a hub: its limits, and its logger. */
export type HubOptions = CoreHubOptions & {
  /**
   * Where warnings go: gaps because the log was full, sessions ended by an overflow, and a blocked event loop; each
   * kind once in ten minutes. `false` disables them.
   *
   * @defaultValue the console
   */
  readonly logger?: Logger | false;
  /**
   * Patterns of the subjects whose listeners are known: `hub.presence('/rooms/7')` tells who they are, where `/rooms/**` is one of
   * them.
   *
   * @defaultValue none
   */
  readonly presence?: readonly string[];
};

/** Options of a hub that is one of many nodes. */
export type ClusterHubOptions = HubOptions & {
  /**
   * The engine that makes the hub one of many nodes, from `@cometkit/redis` or `@cometkit/nats`: clients may meet another node at
   * every request. The hub stops it when it is closed.
   */
  readonly cluster: Cluster;
};

/**
 * What each option of a hub may be.
 *
 * @internal
 */
export const hubRules: RulesOf<ClusterHubOptions> = {
  ...coreHubRules,
  logger: loggerRule,
  presence: list(text),
  cluster: suchAs(
    'what redisCluster() or natsCluster() gives',
    (value) => typeof value === 'object' && value !== null && 'log' in value && 'sessions' in value,
  ),
};
