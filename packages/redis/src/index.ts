/**
 * CometKit over Redis or Valkey: many nodes, one log.
 *
 * @packageDocumentation
 */
export { redisCluster } from './redis-cluster.ts';
export type { RedisClusterOptions } from './settings.ts';
