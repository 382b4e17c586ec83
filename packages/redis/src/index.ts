/**
 * CometKit over Redis or Valkey: many nodes, one log.
 *
 * @packageDocumentation
 */
export { type RedisCluster, type RedisStats, redisCluster } from './redis-cluster.ts';
export type { RedisClusterOptions } from './settings.ts';
