import { checkOptions, choice, count, list, nested, type RulesOf, text } from './check-options.ts';

/**
 * What a full queue does: `spill` reads the rest from the log later, `disconnect` ends the session, and `latest-per-subject` keeps
 * only the newest event of each subject.
 */
export type Overflow = 'spill' | 'disconnect' | 'latest-per-subject';

/** Bounds of the in-memory log: how far back a client can resume. */
export interface LogLimits {
  /** @defaultValue 10 000 events */
  readonly maxEvents: number;
  /** @defaultValue 32 MiB */
  readonly maxBytes: number;
  /** @defaultValue 600 000 ms (10 minutes) */
  readonly maxAgeMs: number;
}

/** Which subjects have a last value, and how many of these are kept outside the log. */
export interface LastValuesLimits {
  /**
   * Patterns of the subjects. Whoever subscribes to one with `latest` gets its newest event, however long ago that was.
   *
   * @defaultValue none
   */
  readonly patterns: readonly string[];
  /** @defaultValue 10 000 subjects */
  readonly maxSubjects: number;
  /** @defaultValue 8 MiB */
  readonly maxBytes: number;
}

/** Every bound and interval of a hub, resolved. The defaults are safe for a server on the public Internet. */
export interface HubLimits {
  /** How long a silent session without an open channel lives. @defaultValue 120 000 ms */
  readonly leaseMs: number;
  /** The same until the client's first request after its join. @defaultValue 15 000 ms */
  readonly embryonicLeaseMs: number;
  /** Silence after which a heartbeat is sent, and hold time of a long poll. @defaultValue 20 000 ms */
  readonly heartbeatMs: number;
  /** How long an acknowledging client may leave what it was given unacknowledged before its channel is closed. @defaultValue 30 000 ms */
  readonly ackTimeoutMs: number;
  /** @defaultValue 20 000 sessions */
  readonly maxSessions: number;
  /** A pattern counts once for each subject in its comma list. @defaultValue 100 subscriptions per session */
  readonly maxSubscriptions: number;
  /**
   * What the subscriptions of a session take in memory, with their patterns, labels and places in the index.
   *
   * @defaultValue 32 768 bytes: 100 subscriptions of usual length; in proportion where `maxSubscriptions` is more
   */
  readonly sessionBytes: number;
  /**
   * What all sessions together hold beside their queues. Past it a session may still hold its equal share.
   *
   * @defaultValue 128 MiB; in proportion where `maxSessions` is more
   */
  readonly hubSessionBytes: number;
  /** @defaultValue 256 characters, subjects and patterns alike */
  readonly maxSubjectLength: number;
  /** @defaultValue 16 segments */
  readonly maxSubjectDepth: number;
  /** @defaultValue 128 characters */
  readonly maxLabelLength: number;
  /** Largest JSON text of one event's data. @defaultValue 65 536 characters */
  readonly maxEventBytes: number;
  /** Items a session's queue refers to. @defaultValue 4096 */
  readonly queueLimit: number;
  /** Bytes of the events that a session's queue refers to. @defaultValue 4 194 304 bytes */
  readonly queueBytes: number;
  /** @defaultValue `spill` */
  readonly overflow: Overflow;
  /** Items that all queues together refer to; past it a queue that grows spills. @defaultValue 1 000 000 */
  readonly hubQueuedEvents: number;
  /** The same in bytes, an event counted once for each queue that refers to it. @defaultValue 256 MiB */
  readonly hubQueuedBytes: number;
  /** Bounds of the in-memory log. */
  readonly log: LogLimits;
  /** Subjects that have a last value. What was published longest ago gives way. */
  readonly lastValues: LastValuesLimits;
}

/** What a hub can be told at creation: any of its limits. */
export type HubOptions = Partial<Omit<HubLimits, 'log' | 'lastValues'>> & {
  readonly log?: Partial<LogLimits>;
  readonly lastValues?: Partial<LastValuesLimits>;
};

const defaults: HubLimits = {
  leaseMs: 120_000,
  embryonicLeaseMs: 15_000,
  heartbeatMs: 20_000,
  ackTimeoutMs: 30_000,
  maxSessions: 20_000,
  maxSubscriptions: 100,
  sessionBytes: 32_768,
  hubSessionBytes: 128 * 1024 * 1024,
  maxSubjectLength: 256,
  maxSubjectDepth: 16,
  maxLabelLength: 128,
  maxEventBytes: 65_536,
  queueLimit: 4096,
  queueBytes: 4_194_304,
  overflow: 'spill',
  hubQueuedEvents: 1_000_000,
  hubQueuedBytes: 256 * 1024 * 1024,
  log: { maxEvents: 10_000, maxBytes: 32 * 1024 * 1024, maxAgeMs: 600_000 },
  lastValues: { patterns: [], maxSubjects: 10_000, maxBytes: 8 * 1024 * 1024 },
};

/** What each bound of the log may be. */
const logRules: RulesOf<LogLimits> = { maxEvents: count, maxBytes: count, maxAgeMs: count };

/** What each option of the last values may be. */
const lastValuesRules: RulesOf<LastValuesLimits> = {
  patterns: list(text),
  maxSubjects: count,
  maxBytes: count,
};

/**
 * What each option of a hub may be. A new option gets its rule here and its default above.
 *
 * @internal
 */
export const hubRules: RulesOf<HubOptions> = {
  leaseMs: count,
  embryonicLeaseMs: count,
  heartbeatMs: count,
  ackTimeoutMs: count,
  maxSessions: count,
  maxSubscriptions: count,
  sessionBytes: count,
  hubSessionBytes: count,
  maxSubjectLength: count,
  maxSubjectDepth: count,
  maxLabelLength: count,
  maxEventBytes: count,
  queueLimit: count,
  queueBytes: count,
  overflow: choice('spill', 'disconnect', 'latest-per-subject'),
  hubQueuedEvents: count,
  hubQueuedBytes: count,
  log: nested(logRules),
  lastValues: nested(lastValuesRules),
};

/**
 * Fills in the defaults and checks every option.
 *
 * @throws {RangeError} — a number is not a positive integer, or `overflow` is none of the three.
 * @throws {TypeError} — an option is not known, or of the wrong type.
 */
export function resolveHubOptions(options: HubOptions = {}): HubLimits {
  checkOptions(options, hubRules);
  const { log, lastValues, ...rest } = options;
  return Object.freeze({
    ...merge(roomFor(options), rest),
    log: Object.freeze(merge(defaults.log, log ?? {})),
    lastValues: Object.freeze(merge(defaults.lastValues, lastValues ?? {})),
  });
}

// Who allows more subscriptions or sessions allows what they hold.
function roomFor({ maxSubscriptions = 0, maxSessions = 0 }: HubOptions): HubLimits {
  const grown = (bytes: number, count: number, usual: number): number =>
    Math.round(bytes * Math.max(1, count / usual));
  return {
    ...defaults,
    sessionBytes: grown(defaults.sessionBytes, maxSubscriptions, defaults.maxSubscriptions),
    hubSessionBytes: grown(defaults.hubSessionBytes, maxSessions, defaults.maxSessions),
  };
}

function merge<T extends object>(base: T, given: Partial<T>): T {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...base, ...Object.fromEntries(entries) };
}
