import { type Rule, type RulesOf, suchAs } from '@cometkit/core/check-options';
import type { EngineState } from '@cometkit/core/cluster';
import { type ClusterOptions, type ClusterSettings, resolveClusterOptions } from '@cometkit/core/engine-kit';
import type { RedisClientOptions } from '@redis/client';

/** Where the engine is: one of the two. */
export interface Where {
  /** Address of the primary, as in `redis://user:password@host:6379/0`; `rediss:` for TLS. */
  readonly url?: string;
  /**
   * Options of `createClient` of `@redis/client`, for what an address cannot say, such as certificates; or a function that finds them, asked
   * before every connection: of a Sentinel, for one, where the primary is now.
   */
  readonly client?: RedisClientOptions | (() => RedisClientOptions | Promise<RedisClientOptions>);
}

/** Finds the options of a connection. What it throws counts as an engine that does not answer. */
export type FindClient = () => RedisClientOptions | Promise<RedisClientOptions>;

/** Options of a cluster over Redis or Valkey. `secret` and one of `url` and `client` are required. */
export interface RedisClusterOptions extends ClusterOptions, Where {
  /**
   * What the names of this hub begin with in Redis: 1 to 32 of `[a-z0-9:_-]`. Hubs with one prefix are one.
   *
   * @defaultValue `comet`
   */
  readonly prefix?: string;
  /** Told each change of state, with a line about what is wrong and what to do, if anything is. */
  readonly onState?: (state: EngineState, why: string | undefined) => void;
}

/** How often and how long the package tries, in milliseconds. Tests shorten it. */
export interface Timings {
  /** Between two looks at the log. */
  readonly pulseMs: number;
  /** The longest that a read waits for something new. */
  readonly blockMs: number;
  /** The longest that a command may take. */
  readonly commandMs: number;
  /** How long a connection that failed is left alone, at first and at most. */
  readonly retryMs: readonly [number, number];
}

/** All that a cluster is made from. */
export interface Settings extends ClusterSettings, Timings {
  readonly client: RedisClientOptions | FindClient;
  /** Host and port, without user and password. */
  readonly address: string;
}

const urlRule: Rule = {
  expected: 'an address such as "redis://localhost:6379"',
  test: (value) => typeof value === 'string' && isRedisUrl(value),
};
const prefixRule: Rule = {
  expected: '1 to 32 characters of a-z, 0-9, ":", "_" and "-"',
  test: (value) => typeof value === 'string' && /^[a-z0-9:_-]{1,32}$/.test(value),
  type: 'string',
};
/** What the options that lead to the engine may be. */
export const whereRules: RulesOf<Where & Pick<ClusterOptions, 'prefix'>> = {
  url: urlRule,
  client: suchAs(
    'the options of createClient, or a function that finds them',
    (value) =>
      typeof value === 'function' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  ),
  prefix: prefixRule,
};
const rules: RulesOf<Omit<RedisClusterOptions, Exclude<keyof ClusterOptions, 'prefix' | 'onState'>>> = {
  ...whereRules,
  onState: { expected: 'a function', test: (value) => typeof value === 'function' },
};

/**
 * Checks the options and fills in the rest.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function resolve(options: RedisClusterOptions, timings: Partial<Timings> = {}): Settings {
  const shared = resolveClusterOptions(options, rules);
  const { behindMs } = shared;
  return {
    ...shared,
    ...whereIs(options),
    pulseMs: Math.min(1000, behindMs / 3),
    // A read that finds nothing has to come back before it counts as silence.
    blockMs: Math.ceil(Math.min(2000, behindMs / 2)),
    ...patience,
    ...timings,
  };
}

/** How long a command may take, and how long a connection that failed is left alone. */
export const patience: Pick<Timings, 'commandMs' | 'retryMs'> = { commandMs: 2000, retryMs: [50, 1000] };

/**
 * Finds out where the engine is.
 *
 * @throws {TypeError} — it is said twice, or not at all.
 */
export function whereIs({ url, client }: Where): Pick<Settings, 'client' | 'address'> {
  if ((url === undefined) === (client === undefined)) {
    const given = url === undefined ? 'none' : 'both';
    throw new TypeError(`of the options \`url\` and \`client\` ${given} is given, expected one of them`);
  }
  const there = client ?? { ...(url !== undefined && { url }) };
  return { client: there, address: addressOf(there) };
}

function isRedisUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, pathname } = new URL(text);
  return (protocol === 'redis:' || protocol === 'rediss:') && hostname !== '' && /^(\/\d*)?$/.test(pathname);
}

function addressOf(client: RedisClientOptions | FindClient): string {
  if (typeof client === 'function') return 'the address that `client` finds';
  const { url, socket } = client;
  if (url !== undefined && URL.canParse(url)) {
    const { hostname, port } = new URL(url);
    return `${hostname}:${port || '6379'}`;
  }
  const { host = 'localhost', port = 6379, path } = (socket ?? {}) as Record<string, string | number>;
  return path === undefined ? `${host}:${port}` : String(path);
}
