/**
 * CometKit over Redis or Valkey: many nodes, one log.
 *
 * @packageDocumentation
 */

export type { Publisher } from '@cometkit/core/engine-kit';
export { createPublisher } from './publisher.ts';
export type { RedisPublisherOptions } from './publisher-settings.ts';
export { redisCluster } from './redis-cluster.ts';
export type { RedisClusterOptions } from './settings.ts';
