import {
  callback,
  checkOptions,
  choice,
  count,
  flag,
  having,
  list,
  nested,
  type Rule,
  type Rules,
  type RulesOf,
  suchAs,
  text,
  whole,
} from '@cometkit/core/check-options';
import type { PlaceStorage } from './bookmark.ts';
import { parseCursor } from './machine/cursor.ts';
import type { TransportName } from './machine/transport-selector.ts';
import type { Matching } from './pattern.ts';
import { type ClientRuntime, systemRuntime } from './runtime.ts';
import { checkHeaders } from './transports/address.ts';
import type { Transport } from './transports/transport.ts';

/** Options of a client. */
export interface ClientOptions {
  /**
   * The transports to choose from, the best first: `stream`, `long-poll`, `poll` by name, others as they are made by
   * `webSocket()`, `eventSource()` and `iframe()`.
   *
   * @defaultValue `stream`, `long-poll`, `poll`
   */
  readonly transports?: readonly ('stream' | 'long-poll' | 'poll' | Transport)[] | undefined;
  /** A cursor to go on after, of `client.cursor` or an event, or one that the server rendered the page with. */
  readonly resumeFrom?: string | undefined;
  /**
   * Keeps the place over a reload: `sessionStorage`, or anything with its two methods. The client goes on behind what the application has
   * read, unless `resumeFrom` names a place. One client of an address; tabs that share a session keep none.
   */
  readonly persist?: PlaceStorage | undefined;
  /** Headers of each request, or what gives them. `EventSource` and frames cannot send any. */
  readonly headers?:
    | Readonly<Record<string, string>>
    | (() => Record<string, string> | Promise<Record<string, string>>)
    | undefined;
  /** @defaultValue `same-origin` */
  readonly credentials?: 'omit' | 'same-origin' | 'include' | undefined;
  /** How the server matches subjects. @defaultValue `path` */
  readonly matching?: Matching | undefined;
  /** How many items a subscription keeps for a slow reader. @defaultValue 1024 items */
  readonly queueLimit?: number | undefined;
  /**
   * The longest event that is taken in, in characters of its JSON text. A gap `too-large` stands in the place of a longer one.
   *
   * @defaultValue 1,048,576 characters
   */
  readonly maxEventChars?: number | undefined;
  /** Parts of the surroundings to replace. @defaultValue the real ones */
  readonly runtime?: Partial<ClientRuntime> | undefined;
}

/** Options of a subscription. At most one of `since`, `last` and `latest` may be set. */
export interface SubscribeOptions {
  /** The application's own word for it. */
  readonly label?: string | undefined;
  /** The past too: every event after a cursor. */
  readonly since?: string | undefined;
  /** The past too: the last so many events. */
  readonly last?: number | undefined;
  /** The past too: the newest event of each subject. */
  readonly latest?: boolean | undefined;
  /**
   * While this client is slow, only the newest event of each subject and name waits for it at the server. A gap `outdated` tells what was
   * left out.
   *
   * @defaultValue false: every event
   */
  readonly conflate?: boolean | undefined;
  /** Hand gaps over as items, in their place. @defaultValue false; the client's event `gap` tells of them always */
  readonly gaps?: boolean | undefined;
  /** Ends the subscription. */
  readonly signal?: AbortSignal | undefined;
}

/** Client options with every default filled in. */
export interface ClientSettings {
  readonly transports: readonly TransportName[];
  readonly extra: readonly Transport[];
  readonly resumeFrom: string | undefined;
  readonly persist: PlaceStorage | undefined;
  readonly matching: Matching;
  readonly queueLimit: number;
  readonly maxEventChars: number;
  readonly credentials: 'omit' | 'same-origin' | 'include';
  readonly runtime: ClientRuntime;
  headers(): Record<string, string> | Promise<Record<string, string>>;
  /** True when no request has headers of the application. */
  readonly plain: boolean;
}

const transport: Rule = {
  expected: 'a transport: "stream", "long-poll", "poll", webSocket(), eventSource() or iframe()',
  test: (value) => ['stream', 'long-poll', 'poll'].includes(value as string) || having('open').test(value),
};
const runtimeRules: RulesOf<ClientRuntime> = {
  fetch: callback,
  setTimer: callback,
  clearTimer: callback,
  now: callback,
  random: callback,
};

/**
 * What each option of a client may be. A new option gets its rule here.
 *
 * @internal
 */
export const clientRules: RulesOf<ClientOptions> = {
  transports: list(transport),
  resumeFrom: text,
  persist: having('getItem', 'setItem'),
  headers: suchAs(
    'an object or a function',
    (value) => typeof value === 'function' || (typeof value === 'object' && value !== null),
  ),
  credentials: choice('omit', 'same-origin', 'include'),
  matching: choice('path', 'prefix'),
  queueLimit: count,
  maxEventChars: count,
  runtime: nested(runtimeRules),
};

/** What each option of a subscription may be. */
export const subscribeRules: RulesOf<SubscribeOptions> = {
  label: text,
  since: text,
  last: whole,
  latest: flag,
  conflate: flag,
  gaps: flag,
  signal: having('addEventListener'),
};

/**
 * Fills in the defaults and checks what was given.
 *
 * @throws TypeError — an option is unknown or of the wrong type, or `resumeFrom` is not a cursor: to go on from nowhere would lose events silently.
 */
export function resolveOptions(options: ClientOptions, rules: Rules = clientRules): ClientSettings {
  checkOptions(options, rules);
  const {
    transports = ['stream', 'long-poll', 'poll'],
    resumeFrom,
    headers = {},
    queueLimit = 1024,
  } = options;
  const { matching = 'path', credentials = 'same-origin', maxEventChars = 1_048_576 } = options;
  if (resumeFrom && parseCursor(resumeFrom) === undefined) throw new TypeError('resumeFrom is not a cursor');
  if (typeof headers === 'object') checkHeaders(headers);
  return {
    transports: transports.map((transport) => (typeof transport === 'string' ? transport : transport.name)),
    extra: transports.filter((transport) => typeof transport !== 'string'),
    resumeFrom,
    persist: options.persist,
    matching,
    queueLimit,
    maxEventChars,
    credentials,
    runtime: { ...systemRuntime(), ...options.runtime },
    headers: () => (typeof headers === 'function' ? headers() : headers),
    plain: Object.keys(headers).length === 0 && typeof headers === 'object',
  };
}
