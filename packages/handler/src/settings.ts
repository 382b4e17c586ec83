import { checkOptions } from '@cometkit/core/check-options';
import type { Authorize } from './authorize.ts';
import { type DialectOptions, type DialectSettings, dialectSettings } from './dialects/options.ts';
import { hubRules } from './hub-options.ts';
import { type HandlerOptions, handlerRules } from './options.ts';
import type { AllowedOrigin } from './origin-list.ts';
import type { JoinRate } from './rate-limit.ts';
import { systemRuntime } from './runtime.ts';
import { Warnings } from './warnings.ts';

/** Handler options with every default filled in. */
export interface HandlerSettings
  extends DialectSettings,
    Required<
      Omit<
        HandlerOptions,
        | keyof DialectOptions
        | 'authorize'
        | 'hosts'
        | 'joinRate'
        | 'logger'
        | 'onError'
        | 'origins'
        | 'publicPath'
        | 'publishEndpoint'
      >
    > {
  readonly authorize: Authorize;
  readonly origins: readonly AllowedOrigin[];
  readonly hosts: ReadonlySet<string> | undefined;
  readonly publicPath: string | undefined;
  readonly publishEndpoint: HandlerOptions['publishEndpoint'];
  /** Undefined if it was not set; then the value of the other handlers of the hub applies. */
  readonly joinRate: JoinRate | false | undefined;
  readonly warnings: Warnings;
  /** The reporter of the application. */
  readonly onError: HandlerOptions['onError'];
  /** True if failures are logged as warnings. */
  readonly warnsOfFailures: boolean;
}

const numbers = {
  modernHeartbeatMs: 10_000,
  stallMs: 30_000,
  hookTimeoutMs: 10_000,
  closeGraceMs: 2000,
  maxBodyBytes: 65_536,
  maxQueryLength: 8192,
  maxFields: 64,
  maxFieldLength: 8192,
  maxPendingCommands: 64,
  maxPendingJoins: 2000,
} as const;

/**
 * Fills in the defaults and validates the options.
 *
 * @throws RangeError — a number is out of range, or a choice is not one of those offered.
 * @throws TypeError — an option is unknown, or has the wrong type.
 */
export function resolveHandlerOptions(options: HandlerOptions = {}): HandlerSettings {
  checkOptions(options, handlerRules, { createHub: hubRules });
  const { matching = 'path', flushWindowMs = 2, joinRate } = options;
  const { authorize = {}, publicPath, onError, logger, runtime = systemRuntime() } = options;
  const { longPollWaitMs = { min: 2000, max: 6000 }, pollWaitMs = { min: 6000, max: 10_000 } } = options;
  return Object.freeze({
    ...numbersOf(options),
    ...dialectSettings(options),
    flushWindowMs,
    matching,
    authorize,
    origins: options.origins ?? [],
    hosts: options.hosts === undefined ? undefined : new Set(options.hosts.map((host) => host.toLowerCase())),
    publicPath,
    publishEndpoint: options.publishEndpoint,
    joinRate,
    longPollWaitMs,
    pollWaitMs,
    onError,
    warnings: new Warnings(logger, () => runtime.now()),
    warnsOfFailures: onError === undefined || logger !== undefined,
    runtime,
  });
}

function numbersOf(options: HandlerOptions): Record<keyof typeof numbers, number> {
  const resolved: Record<keyof typeof numbers, number> = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[])
    resolved[name] = options[name] ?? numbers[name];
  return resolved;
}
