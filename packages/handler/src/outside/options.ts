import type { JsonValue } from '@cometkit/core';
import { callback, count, nested, type Rule, type RulesOf, suchAs } from '@cometkit/core/check-options';
import type { Verdict } from '../authorize.ts';
import type { HttpRequest } from '../http.ts';

/** An event that a program outside of the process asks to publish. */
export interface OutsideEvent {
  readonly subject: string;
  readonly data: JsonValue;
  /** The name under which an `EventSource` dispatches it. */
  readonly name: string | undefined;
  /** Id of the one session that gets it. */
  readonly to: string | undefined;
  /** The user whose sessions get it. */
  readonly principal: string | undefined;
}

/**
 * Who may publish with a plain POST to the push path and the query `publish`: with a key, or by a hook, or both.
 *
 * @typeParam Native - what the hook gets as `request.native`.
 */
export interface PublishEndpointOptions<Native = unknown> {
  /**
   * The secret that callers show as `Authorization: Bearer …`: 32 characters or more. A list holds while one replaces another.
   *
   * @defaultValue none: the hook alone decides
   */
  readonly key?: string | readonly string[];
  /** Asked about each event, behind the key. One that throws or times out has refused. @defaultValue the key is enough */
  readonly allow?: (
    context: OutsideEvent & { readonly request: HttpRequest<Native> },
  ) => Verdict | Promise<Verdict>;
  /** The largest body. @defaultValue 1,048,576 bytes */
  readonly maxBodyBytes?: number;
  /** The most events of one request. @defaultValue 1000 */
  readonly maxBatch?: number;
}

const leastChars = 32;
const isKey = (value: unknown): boolean => typeof value === 'string' && value.length >= leastChars;
const key: Rule = {
  expected: `a secret of ${leastChars} characters or more, or a list of them`,
  test: (value) => isKey(value) || (Array.isArray(value) && value.length > 0 && value.every(isKey)),
};
const rules: RulesOf<PublishEndpointOptions> = {
  key,
  allow: callback,
  maxBodyBytes: count,
  maxBatch: count,
};

/** The rule of the option `publishEndpoint`. */
export const publishEndpointRule: Rule = nested(rules, {
  together: suchAs('one with a key or a hook `allow`', (value) => {
    const given = value as PublishEndpointOptions;
    return given.key !== undefined || given.allow !== undefined;
  }),
});
