// The options that every engine package has: checked and filled in here, so that they mean the same everywhere.
import { callback, checkOptions, count, nested, type Rule, type RulesOf, suchAs } from './check-options.ts';
import type { EngineState } from './cluster.ts';
import type { LogLimits } from './options.ts';

/** What a hub is told to share an engine with others, whichever engine it is. */
export interface ClusterOptions {
  /**
   * 32 characters or more, the same on all nodes: the keys of sessions derive from it. Two of them change it without a break: the
   * new one, then the old one.
   */
  readonly secret: string | readonly [string, string];
  /** What the names of this hub begin with in the engine: 1 to 32 of `[a-z0-9_-]`. Hubs with one prefix are one. @defaultValue `comet` */
  readonly prefix?: string;
  /** A readable beginning of this node's id, 1 to 12 of `[0-9a-z]`; random characters follow it. @defaultValue none */
  readonly nodeId?: string;
  /** How far back a client can resume, as for a hub. The engine keeps 1.2 times as many events. */
  readonly log?: Partial<LogLimits>;
  /** After so long without the engine the node takes nobody in. @defaultValue 2500 ms */
  readonly behindMs?: number;
  /** After so long without the engine the node sends its clients elsewhere. @defaultValue 10 000 ms */
  readonly cutMs?: number;
  /** Told each change of state, with a line about what is wrong and what to do, if anything is. */
  readonly onState?: (state: EngineState, why: string | undefined) => void;
}

/** The same, complete but for `onState`. */
export interface ClusterSettings {
  readonly secrets: readonly [string, ...string[]];
  readonly prefix: string;
  readonly nodeId: string;
  readonly log: LogLimits;
  readonly behindMs: number;
  readonly cutMs: number;
  readonly onState: ((state: EngineState, why: string | undefined) => void) | undefined;
}

const minSecret = 32;
const isSecret = (value: unknown): boolean => typeof value === 'string' && value.length >= minSecret;
const secret = suchAs(
  `a text of ${minSecret} characters or more, or two of them, the new one first`,
  (value) =>
    isSecret(value) ||
    (Array.isArray(value) && (value.length === 1 || value.length === 2) && value.every(isSecret)),
);

/** @param name - characters of the name. */
function word(expected: string, pattern: RegExp): Rule {
  return { expected, test: (value) => typeof value === 'string' && pattern.test(value), type: 'string' };
}

/** What each of them may be, for the rules of an engine package. */
export const clusterRules: RulesOf<ClusterOptions> = {
  secret,
  prefix: word('1 to 32 characters of a-z, 0-9, "_" and "-"', /^[a-z0-9_-]{1,32}$/),
  nodeId: word('1 to 12 characters of 0-9 and a-z', /^[0-9a-z]{1,12}$/),
  log: nested({ maxEvents: count, maxBytes: count, maxAgeMs: count } satisfies RulesOf<LogLimits>),
  behindMs: count,
  cutMs: count,
  onState: callback,
};

const logDefaults: LogLimits = { maxEvents: 10_000, maxBytes: 32 * 1024 * 1024, maxAgeMs: 600_000 };

/**
 * Checks the options of an engine package, those of its own too, and fills in what both engines share.
 *
 * @param own - the rules of the package's own options.
 * @throws {TypeError} — an option is unknown, missing or of the wrong type.
 * @throws {RangeError} — a number or a word is none of those allowed, or `cutMs` is not above `behindMs`.
 */
export function resolveClusterOptions<T extends ClusterOptions>(
  options: T,
  own: RulesOf<Omit<T, keyof ClusterOptions>>,
): ClusterSettings {
  checkOptions(options, { ...clusterRules, ...own });
  if (options.secret === undefined)
    throw new TypeError(`option \`secret\` is missing, expected ${secret.expected}`);
  const { behindMs = 2500, cutMs = 10_000 } = options;
  if (cutMs <= behindMs)
    throw new RangeError(
      `option \`cutMs\` is ${cutMs}, expected more than \`behindMs\`, which is ${behindMs}`,
    );
  const { prefix = 'comet', nodeId = '', onState } = options;
  const given = Object.entries(options.log ?? {}).filter(([, value]) => value !== undefined);
  const log = { ...logDefaults, ...Object.fromEntries(given) };
  const [first, ...rest] = typeof options.secret === 'string' ? [options.secret] : options.secret;
  return { secrets: [first, ...rest], prefix, nodeId, log, behindMs, cutMs, onState };
}
