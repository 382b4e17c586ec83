import { checkOptions, count, type RulesOf, suchAs, text } from '@cometkit/core/check-options';
import { resolveClusterOptions } from '@cometkit/core/engine-kit';
import { type NatsSettings, replicas, type Where, whereIs, whereRules } from './options.ts';

/** Options of a publisher over NATS JetStream. `servers` is required. */
export interface NatsPublisherOptions extends Where {
  /** That of the hub, as its nodes have it. @defaultValue `comet` */
  readonly prefix?: string;
  /** That of the nodes. Not needed: it opens sessions, and a publisher has none. */
  readonly secret?: string | readonly string[];
  /** As for the nodes; counts where the publisher comes before all of them. @defaultValue 1 */
  readonly replicas?: 1 | 3 | 5;
  /** As the option of the hub. @defaultValue 65 536 characters */
  readonly maxEventBytes?: number;
}

const rules: RulesOf<NatsPublisherOptions> = {
  ...whereRules,
  prefix: text,
  secret: suchAs('the secret of the nodes', (value) => typeof value === 'string' || Array.isArray(value)),
  replicas,
  maxEventBytes: count,
};
// What takes the place of a secret that nobody needs, where a node would need one.
const noSecret = 'a publisher opens no session, and so has none';

/**
 * Checks the options and fills in the rest.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function resolvePublisher(options: NatsPublisherOptions): {
  readonly settings: NatsSettings;
  readonly limits: { readonly maxEventBytes?: number };
} {
  checkOptions(options, rules);
  const { prefix, maxEventBytes } = options;
  const shared = { secret: noSecret, ...(prefix !== undefined && { prefix }) };
  const settings = {
    ...resolveClusterOptions(shared, {}),
    ...whereIs(options),
    replicas: options.replicas ?? 1,
  };
  return { settings, limits: maxEventBytes === undefined ? {} : { maxEventBytes } };
}
