import type { Matching } from '@cometkit/core';
import {
  callback,
  choice,
  count,
  having,
  list,
  nested,
  path,
  positive,
  type Rule,
  type RulesOf,
  suchAs,
  whole,
} from '@cometkit/core/check-options';
import type { Authorize } from './authorize.ts';
import { type DialectOptions, dialectRules } from './dialects/options.ts';
import { type Logger, loggerRule } from './logger.ts';
import { type AllowedOrigin, isOrigin } from './origin-list.ts';
import { type PublishEndpointOptions, publishEndpointRule } from './outside/options.ts';
import type { JoinRate } from './rate-limit.ts';
import type { HandlerRuntime } from './runtime.ts';

/** The range of a random wait, in milliseconds. */
export interface WaitRange {
  readonly min: number;
  readonly max: number;
}

/**
 * Options of a handler.
 *
 * @typeParam Native - what hooks get as `request.native`.
 */
export interface HandlerOptions<Native = unknown> extends DialectOptions {
  /**
   * The hooks that decide who may join, subscribe and publish. If the hook for joining or subscribing is missing, the
   * one applies that was last configured on another handler of the same hub; if there is none, joining and subscribing
   * are open. Publishing is refused without a hook.
   */
  readonly authorize?: Authorize<Native>;
  /**
   * Origins that may call from other sites: a text as browsers write it, a wildcard such as
   * `https://*.preview.example`, a pattern for the whole origin, or a function. `*` allows any origin, without cookies.
   *
   * @defaultValue none
   */
  readonly origins?: readonly AllowedOrigin[];
  /**
   * Host names that are served, which prevents DNS rebinding.
   *
   * @defaultValue any
   */
  readonly hosts?: readonly string[];
  /**
   * How subscriptions match: by whole path segments, or by plain prefix as in the original Pushlet.
   *
   * @defaultValue `path`
   */
  readonly matching?: Matching;
  /**
   * Lets programs in any language publish: a POST of `{ subject, data }` to the push path with the query `publish`, and a key.
   *
   * @defaultValue off
   */
  readonly publishEndpoint?: PublishEndpointOptions<Native>;
  /** The path of the endpoint as clients see it, if a proxy changes it. */
  readonly publicPath?: string;
  /**
   * How fast one network address may open sessions; loopback addresses are not limited. `false` disables the limit, for
   * example behind a proxy that hides the addresses of its clients.
   *
   * @defaultValue 100 a second, 2000 at once
   */
  readonly joinRate?: JoinRate | false;
  /**
   * How long long-poll clients wait between answers.
   *
   * @defaultValue 2000 to 6000 ms
   */
  readonly longPollWaitMs?: WaitRange;
  /**
   * How long poll clients wait between answers.
   *
   * @defaultValue 6000 to 10 000 ms
   */
  readonly pollWaitMs?: WaitRange;
  /**
   * How long a stream with cursors may be silent before it gets a heartbeat; at most the value of the hub.
   *
   * @defaultValue 10 000 ms
   */
  readonly modernHeartbeatMs?: number;
  /**
   * How long events may wait for more when the last flush took long, so that they leave together under load. 0 disables
   * it. The first handler of a hub decides.
   *
   * @defaultValue 2 ms
   */
  readonly flushWindowMs?: number;
  /**
   * How long a reader may stay congested before its channel is closed; its session stays.
   *
   * @defaultValue 30 000 ms
   */
  readonly stallMs?: number;
  /**
   * How long a hook may take before it counts as a refusal.
   *
   * @defaultValue 10 000 ms
   */
  readonly hookTimeoutMs?: number;
  /**
   * How long `close` waits until answers have left.
   *
   * @defaultValue 2000 ms
   */
  readonly closeGraceMs?: number;
  /**
   * The largest request body.
   *
   * @defaultValue 65 536 bytes
   */
  readonly maxBodyBytes?: number;
  /**
   * The longest query.
   *
   * @defaultValue 8192 characters
   */
  readonly maxQueryLength?: number;
  /**
   * The largest number of fields in a request.
   *
   * @defaultValue 64
   */
  readonly maxFields?: number;
  /**
   * The longest value of a field.
   *
   * @defaultValue 8192 characters
   */
  readonly maxFieldLength?: number;
  /**
   * How many commands of one session may wait for its hooks.
   *
   * @defaultValue 64
   */
  readonly maxPendingCommands?: number;
  /**
   * How many joins may wait for the join hook; at most a quarter of them from one address.
   *
   * @defaultValue 2000
   */
  readonly maxPendingJoins?: number;
  /**
   * Called with failures that no client is informed of: a hook that throws, a broken transport, an origin that is not
   * listed.
   *
   * @defaultValue they are logged as warnings by `logger`
   */
  readonly onError?: (error: unknown, where: string) => void;
  /**
   * Where warnings go: limits that were reached, origins and hosts that were refused and, unless only `onError` is
   * given, failures; each kind once in ten minutes, with the number of suppressed ones. A `pino` logger or one like it;
   * `false` disables them.
   *
   * @defaultValue the console
   */
  readonly logger?: Logger | false;
  /**
   * Clocks, ids and timers.
   *
   * @defaultValue the real ones
   */
  readonly runtime?: HandlerRuntime;
}

const hook = suchAs(
  'a function, or true or false',
  (value) => typeof value === 'function' || typeof value === 'boolean',
);
const authorizeRules: RulesOf<Authorize> = { join: hook, subscribe: hook, publish: hook };
const joinRateRules: RulesOf<JoinRate> = { perSecond: positive, burst: count };
const waitRules: RulesOf<WaitRange> = { min: whole, max: whole };
const ordered = suchAs('a min that is not above its max', (value) => {
  const { min, max } = value as WaitRange;
  return min <= max;
});
const wait = nested(waitRules, { together: ordered });
const no = suchAs('false', (value) => value === false);

const hostName = suchAs(
  'a host name such as "app.example" or "localhost:3000", without a scheme or path',
  (value) => typeof value === 'string' && /^[^\s/@]+$/.test(value),
);

const origin: Rule = {
  expected:
    'an origin such as "https://app.example" or "https://*.app.example", a RegExp, a function, "*" or "null"',
  test: (value) =>
    typeof value === 'function' || value instanceof RegExp || (typeof value === 'string' && isOrigin(value)),
};

/**
 * The rule of each option. A new option gets its rule here.
 *
 * @internal
 */
export const handlerRules: RulesOf<HandlerOptions> = {
  ...dialectRules,
  authorize: nested(authorizeRules),
  origins: list(origin),
  hosts: list(hostName),
  matching: choice('path', 'prefix'),
  publishEndpoint: publishEndpointRule,
  publicPath: path,
  joinRate: nested(joinRateRules, { or: no }),
  longPollWaitMs: wait,
  pollWaitMs: wait,
  modernHeartbeatMs: count,
  flushWindowMs: whole,
  stallMs: count,
  hookTimeoutMs: count,
  closeGraceMs: count,
  maxBodyBytes: count,
  maxQueryLength: count,
  maxFields: count,
  maxFieldLength: count,
  maxPendingCommands: count,
  maxPendingJoins: count,
  onError: callback,
  logger: loggerRule,
  runtime: having('now', 'wallTime', 'randomId', 'defer', 'later', 'randomInteger'),
};
