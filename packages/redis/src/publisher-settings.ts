import { checkOptions, count, type RulesOf, suchAs } from '@cometkit/core/check-options';
import { patience, type Settings, type Where, whereIs, whereRules } from './settings.ts';

/** Options of a publisher over Redis or Valkey. One of `url` and `client` is required. */
export interface RedisPublisherOptions extends Where {
  /**
   * That of the hub, as its nodes have it.
   *
   * @defaultValue `comet`
   */
  readonly prefix?: string;
  /** That of the nodes. Not needed: it opens sessions, and a publisher has none. */
  readonly secret?: string | readonly string[];
  /** As the option of the hub. @defaultValue 65 536 characters */
  readonly maxEventBytes?: number;
}

/** All that a publisher is made from. */
export interface PublisherSettings extends Pick<Settings, 'client' | 'address' | 'commandMs' | 'retryMs'> {
  readonly prefix: string;
  readonly limits: { readonly maxEventBytes?: number };
}

const rules: RulesOf<RedisPublisherOptions> = {
  ...whereRules,
  secret: suchAs('the secret of the nodes', (value) => typeof value === 'string' || Array.isArray(value)),
  maxEventBytes: count,
};

/**
 * Checks the options and fills in the rest.
 *
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a value is none of those allowed.
 */
export function resolvePublisher(options: RedisPublisherOptions): PublisherSettings {
  checkOptions(options, rules);
  const { prefix = 'comet', maxEventBytes } = options;
  const limits = maxEventBytes === undefined ? {} : { maxEventBytes };
  return { ...whereIs(options), prefix, limits, ...patience };
}
