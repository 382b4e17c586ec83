import type { Cluster } from '@cometkit/core/cluster';
import { RedisInbox } from './box.ts';
import { Commands } from './commands.ts';
import { Health } from './health.ts';
import { Keys } from './keys.ts';
import { randomWord } from './place.ts';
import { RedisSessions } from './session-store.ts';
import { type RedisClusterOptions, resolve, type Timings } from './settings.ts';
import { RedisLog } from './source.ts';
import { Tail } from './tail.ts';

/**
 * Makes this process one node of a hub over Redis 6.2 or later, or Valkey. It holds two connections, opened when the hub starts.
 *
 * @returns the engine for `createHub({ cluster })`; `stats().malformed` counts entries of the log that nobody could read.
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function redisCluster(
  options: RedisClusterOptions,
): Cluster & { stats(): { readonly malformed: number } } {
  return openRedisCluster(options);
}

/** The same with other timings, for tests. */
export function openRedisCluster(
  options: RedisClusterOptions,
  timings?: Partial<Timings>,
): Cluster & { stats(): { readonly malformed: number } } {
  const settings = resolve(options, timings);
  const node = settings.nodeId + randomWord(12);
  const keys = new Keys(settings.prefix);
  const health = new Health(settings);
  const commands = new Commands(settings, health);
  const inbox = new RedisInbox(node, commands, keys);
  const tail = new Tail(settings, keys, { health, letters: inbox });
  const log = new RedisLog({ node, settings, keys, commands, tail, health });
  return {
    node,
    secrets: settings.secrets,
    log,
    sessions: new RedisSessions(commands, keys),
    inbox,
    stats: () => ({ malformed: tail.malformed }),
    async stop() {
      await log.stop();
      commands.stop();
    },
  };
}
