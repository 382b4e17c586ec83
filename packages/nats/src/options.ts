import { type Rule, type RulesOf, suchAs } from '@cometkit/core/check-options';
import { type ClusterOptions, type ClusterSettings, resolveClusterOptions } from '@cometkit/core/engine-kit';
import type { NodeConnectionOptions } from '@nats-io/transport-node';

/** Where the servers are, and how to be let in. */
export interface Where {
  /** Where the servers are: `nats://host:4222`, `tls://host` or `host:port`, or an array of them. */
  readonly servers: string | readonly string[];
  /** User, password, token, authenticator, TLS and so on, as `connect` of `@nats-io/transport-node` takes them. */
  readonly connection?: Omit<NodeConnectionOptions, 'servers' | 'port'>;
}

/** What a hub is told to be one of many nodes over NATS JetStream. */
export interface NatsClusterOptions extends ClusterOptions, Where {
  /**
   * On how many servers of a NATS cluster everything is kept: 1, 3 or 5. Above 1 they have to be nats-server 2.10 or later. Counts when it is made for
   * the first time.
   *
   * @defaultValue 1
   */
  readonly replicas?: 1 | 3 | 5;
}

/** The same, complete. */
export interface NatsSettings extends ClusterSettings {
  readonly servers: readonly string[];
  readonly connection: Omit<NodeConnectionOptions, 'servers' | 'port'>;
  readonly replicas: 1 | 3 | 5;
}

const server =
  /^(?:(?:nats|tls|ws|wss):\/\/)?(?:[^\s/@]+@)?(?:\[[\da-f:.]+\]|[^\s/:@[\]]+)(?::\d{1,5})?\/?$/i;
const isServer = (value: unknown): boolean => typeof value === 'string' && server.test(value);
const servers = suchAs(
  '`nats://host:4222`, `tls://host` or `host:port`, or an array of them',
  (value) => isServer(value) || (Array.isArray(value) && value.length > 0 && value.every(isServer)),
);
const connection: Rule = {
  expected: 'an object of options of `connect`, without `servers` and `port`',
  test: (value) => typeof value === 'object' && value !== null && !('servers' in value) && !('port' in value),
};
/** On how many servers of a cluster. */
export const replicas: Rule = {
  expected: '1, 3 or 5',
  test: (value) => value === 1 || value === 3 || value === 5,
  type: 'number',
};

/** What the options that lead to the servers may be. */
export const whereRules: RulesOf<Where> = { servers, connection };

/**
 * Finds out where the servers are.
 *
 * @throws {TypeError} — nobody has said it.
 */
export function whereIs(options: Where): Pick<NatsSettings, 'servers' | 'connection'> {
  if (options.servers === undefined)
    throw new TypeError(`option \`servers\` is missing, expected ${servers.expected}`);
  const list = typeof options.servers === 'string' ? [options.servers] : options.servers;
  return { servers: list, connection: options.connection ?? {} };
}

/**
 * Fills in the defaults and checks every option.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a number or a word is none of those allowed.
 */
export function resolveNatsOptions(options: NatsClusterOptions): NatsSettings {
  const own: RulesOf<Omit<NatsClusterOptions, keyof ClusterOptions>> = { ...whereRules, replicas };
  const common = resolveClusterOptions(options, own);
  return { ...common, ...whereIs(options), replicas: options.replicas ?? 1 };
}
