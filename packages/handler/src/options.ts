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
  text,
  whole,
} from '@cometkit/core/check-options';
import type { Authorize } from './authorize.ts';
import { type DialectOptions, dialectRules } from './dialects/options.ts';
import { type Logger, loggerRule } from './logger.ts';
import { type AllowedOrigin, isOrigin } from './origin-list.ts';
import type { JoinRate } from './rate-limit.ts';
import type { HandlerRuntime } from './runtime.ts';

/** The range of a random wait, in milliseconds. */
export interface WaitRange {
  readonly min: number;
  readonly max: number;
}

/** Options of a handler. */
export interface HandlerOptions extends DialectOptions {
  /**
   * Who may join, subscribe and publish. A hook for joining or subscribing that is left out here is the one that another
   * handler of the same hub was given last; without any both are open, and publishing is refused.
   */
  readonly authorize?: Authorize;
  /**
   * Origins that may call from other sites: as browsers write them, `https://*.preview.example`, a pattern for a whole origin,
   * or a function. `*` lets any call, without cookies.
   *
   * @defaultValue none
   */
  readonly origins?: readonly AllowedOrigin[];
  /** Host names that requests may be addressed to, against DNS rebinding. @defaultValue any */
  readonly hosts?: readonly string[];
  /** How subscriptions match: whole segments, or the original Pushlet's plain prefix. @defaultValue `path` */
  readonly matching?: Matching;
  /** The endpoint's path as clients see it, where it differs from the one the server sees. */
  readonly publicPath?: string;
  /**
   * How fast one network address may open sessions; loopback always may. False for no limit, as behind a proxy that hides
   * its clients' addresses.
   *
   * @defaultValue 100 a second, 2000 at once
   */
  readonly joinRate?: JoinRate | false;
  /**
   * How long poll clients wait between answers.
   *
   * @defaultValue 2000 to 6000 ms
   */
  readonly pullWaitMs?: WaitRange;
  /** The same for poll clients. @defaultValue 6000 to 10 000 ms */
  readonly pollWaitMs?: WaitRange;
  /** Silence after which a stream with cursors is sent a heartbeat; never longer than the hub's. @defaultValue 10 000 ms */
  readonly modernHeartbeatMs?: number;
  /**
   * How long events may wait for more when the last flush took long, so that load joins what leaves; 0 turns it off. Set by
   * the first handler of a hub.
   *
   * @defaultValue 2 ms
   */
  readonly flushWindowMs?: number;
  /** How long a reader may stay congested before its channel is closed; its session lives on. @defaultValue 30 000 ms */
  readonly stallMs?: number;
  /** How long a hook may take before it counts as a refusal. @defaultValue 10 000 ms */
  readonly hookTimeoutMs?: number;
  /** How long `close` waits for answers to leave. @defaultValue 2000 ms */
  readonly closeGraceMs?: number;
  /** @defaultValue 65 536 bytes */
  readonly maxBodyBytes?: number;
  /** @defaultValue 8192 characters */
  readonly maxQueryLength?: number;
  /** Fields of one request. @defaultValue 64 */
  readonly maxFields?: number;
  /** @defaultValue 8192 characters of one field's value */
  readonly maxFieldLength?: number;
  /** Commands of one session that may wait for its hooks. @defaultValue 64 */
  readonly maxPendingCommands?: number;
  /** Joins that may wait for the join hook; a quarter of them from one address. @defaultValue 2000 */
  readonly maxPendingJoins?: number;
  /**
   * Told of failures that no client can be told: a hook that throws, a broken transport, an origin that is not listed.
   *
   * @defaultValue they are warnings of the `logger`
   */
  readonly onError?: (error: unknown, where: string) => void;
  /**
   * Told, as warnings, of limits that were reached, of origins and hosts that were refused and, unless only `onError` is given,
   * of failures: each kind once in ten minutes, with the number of those held back. A logger of `pino`, or one like it; false
   * for nobody.
   *
   * @defaultValue the console
   */
  readonly logger?: Logger | false;
  /** Clocks, ids, timers. @defaultValue the real ones */
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

const origin: Rule = {
  expected:
    'an origin such as "https://app.example" or "https://*.app.example", a RegExp, a function, "*" or "null"',
  test: (value) =>
    typeof value === 'function' || value instanceof RegExp || (typeof value === 'string' && isOrigin(value)),
};

/**
 * What each option of a handler may be. A new option gets its rule here.
 *
 * @internal
 */
export const handlerRules: RulesOf<HandlerOptions> = {
  ...dialectRules,
  authorize: nested(authorizeRules),
  origins: list(origin),
  hosts: list(text),
  matching: choice('path', 'prefix'),
  publicPath: path,
  joinRate: nested(joinRateRules, { or: no }),
  pullWaitMs: wait,
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
