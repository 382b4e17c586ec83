import { type Format, type FormatName, formatOf } from '@cometkit/codec';
import type { Matching } from '@cometkit/core';
import type { Authorize } from './authorize.ts';
import type { JoinRate } from './join-rate.ts';
import { type HandlerRuntime, systemRuntime } from './runtime.ts';

/** A range that a random wait is drawn from. Units: milliseconds. */
export interface WaitRange {
  readonly min: number;
  readonly max: number;
}

/** When a client that acknowledges nothing is given an answer again. */
export type ClassicRedelivery = 'retry-only' | 'always' | 'off';

/** What a handler can be told at creation. */
export interface HandlerOptions {
  /** Who may join, subscribe and publish. Without hooks joining and subscribing are open, publishing is refused. */
  readonly authorize?: Authorize;
  /** Origins that may call from other sites, as browsers write them: `https://app.example`. @defaultValue none */
  readonly origins?: readonly string[];
  /** Host names that requests may be addressed to, against DNS rebinding. @defaultValue any */
  readonly hosts?: readonly string[];
  /** How subscriptions match: whole segments, or the original Pushlet's plain prefix. @defaultValue `path` */
  readonly matching?: Matching;
  /** Format of clients that name none. @defaultValue `js`, as the Pushlet protocol has it */
  readonly format?: FormatName;
  /** The endpoint's path as clients see it, where it differs from the one the server sees. */
  readonly publicPath?: string;
  /** How a classic client that keeps no cookies proves itself: by its network address, or not at all. @defaultValue `address` */
  readonly cookieless?: 'address' | 'refuse';
  /**
   * How fast one network address may open sessions; loopback always may. False for no limit, as behind a proxy that hides
   * its clients' addresses.
   *
   * @defaultValue 100 a second, 2000 at once
   */
  readonly joinRate?: JoinRate | false;
  /** How long pull clients are told to wait between answers. @defaultValue 2000 to 6000 ms */
  readonly pullWaitMs?: WaitRange;
  /** The same for poll clients. @defaultValue 6000 to 10 000 ms */
  readonly pollWaitMs?: WaitRange;
  /** Silence after which a stream with cursors is sent a heartbeat; never longer than the hub's. @defaultValue 10 000 ms */
  readonly modernHeartbeatMs?: number;
  /**
   * What a pull or poll client that proves nothing is given when it comes back: `retry-only`, the same answer when it is
   * back too early to have read it; `always`, every answer twice; `off`, never anything again, as in the original Pushlet.
   *
   * @defaultValue `retry-only`
   */
  readonly classicRedelivery?: ClassicRedelivery;
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
  /** Told of failures that no client can be told: a hook that throws, a broken transport. @defaultValue ignored */
  readonly onError?: (error: unknown, where: string) => void;
  /** Clocks, ids, timers. @defaultValue the real ones */
  readonly runtime?: HandlerRuntime;
}

/** Handler options with every default filled in. */
export interface HandlerSettings
  extends Required<
    Omit<HandlerOptions, 'authorize' | 'format' | 'hosts' | 'joinRate' | 'origins' | 'publicPath'>
  > {
  readonly format: Format;
  readonly authorize: Authorize;
  readonly origins: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly publicPath: string | undefined;
  readonly joinRate: JoinRate | undefined;
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
} as const;

/**
 * Fills in the defaults and checks what was given.
 *
 * @throws RangeError — a number is not a positive integer, a range is empty, or a choice is none of those offered.
 * @throws TypeError — an origin is not one.
 */
export function resolveHandlerOptions(options: HandlerOptions = {}): HandlerSettings {
  const { matching = 'path', cookieless = 'address', classicRedelivery = 'retry-only' } = options;
  const format = formatOf(options.format ?? 'js');
  if (format === undefined) throw new RangeError(`format is "${options.format}", which is not known`);
  oneOf('matching', matching, ['path', 'prefix']);
  oneOf('cookieless', cookieless, ['address', 'refuse']);
  oneOf('classicRedelivery', classicRedelivery, ['retry-only', 'always', 'off']);
  return Object.freeze({
    ...positiveNumbers(options),
    flushWindowMs: windowOf(options),
    format,
    matching,
    cookieless,
    classicRedelivery,
    authorize: options.authorize ?? {},
    origins: new Set((options.origins ?? []).map(checkedOrigin)),
    hosts: options.hosts === undefined ? undefined : new Set(options.hosts.map((host) => host.toLowerCase())),
    publicPath: options.publicPath,
    joinRate: joinRateOf(options),
    pullWaitMs: range('pullWaitMs', options.pullWaitMs ?? { min: 2000, max: 6000 }),
    pollWaitMs: range('pollWaitMs', options.pollWaitMs ?? { min: 6000, max: 10_000 }),
    onError: options.onError ?? ignore,
    runtime: options.runtime ?? systemRuntime(),
  });
}

function ignore(): undefined {
  return undefined;
}

function positiveNumbers(options: HandlerOptions): Record<keyof typeof numbers, number> {
  const resolved: Record<keyof typeof numbers, number> = { ...numbers };
  for (const name of Object.keys(numbers) as (keyof typeof numbers)[]) {
    const value = options[name] ?? numbers[name];
    if (!Number.isInteger(value) || value <= 0)
      throw new RangeError(`${name} is ${value}, not a positive integer`);
    resolved[name] = value;
  }
  return resolved;
}

function windowOf({ flushWindowMs = 2 }: HandlerOptions): number {
  if (Number.isInteger(flushWindowMs) && flushWindowMs >= 0) return flushWindowMs;
  throw new RangeError(`flushWindowMs is ${flushWindowMs}, not a whole number of milliseconds`);
}

function joinRateOf({ joinRate = { perSecond: 100, burst: 2000 } }: HandlerOptions): JoinRate | undefined {
  if (joinRate === false) return undefined;
  const { perSecond, burst } = joinRate;
  if (perSecond > 0 && Number.isFinite(perSecond) && Number.isInteger(burst) && burst > 0) {
    return { perSecond, burst };
  }
  throw new RangeError(`joinRate is ${perSecond} a second and ${burst} at once, not two positive numbers`);
}

function range(name: string, given: WaitRange): WaitRange {
  const { min, max } = given;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min < 0 || max < min) {
    throw new RangeError(`${name} is ${min} to ${max}, not a range of whole milliseconds`);
  }
  return { min, max };
}

function oneOf(name: string, value: string, choices: readonly string[]): void {
  if (!choices.includes(value)) throw new RangeError(`${name} is "${value}", none of ${choices.join(', ')}`);
}

function checkedOrigin(text: string): string {
  if (text === '*' || text === 'null') return text;
  if (text.includes('*') || !URL.canParse(text) || new URL(text).origin !== text.toLowerCase()) {
    throw new TypeError(`origins holds "${text}", which is not an origin such as "https://app.example"`);
  }
  return text.toLowerCase();
}
