import { callback, checkOptions, nested, type RulesOf, text } from '@cometkit/core/check-options';
import {
  type AnySubjects,
  createFetchHandler,
  createHub,
  type Hub,
  type HubOptions,
  type Jsonable,
  type Publication,
} from '@cometkit/fetch';
import { type ClusterHub, type ClusterHubOptions, hubRules, type SubjectMap } from '@cometkit/fetch/adapter';
import { type Entry, registry } from './registry.ts';

/** Which hub is meant. */
export interface NextHubOptions {
  /** One process may have several hubs. @defaultValue `default` */
  readonly name?: string;
  /** Limits of the hub, which count when it is made. */
  readonly hub?: HubOptions;
  /**
   * Makes the engine by which the hub is one of many nodes: `() => redisCluster({ url, secret })`. It is called once, when the hub is
   * made. Whoever may come first has to give it: `getHub({ cluster })` in `instrumentation.ts` is before all others.
   */
  readonly cluster?: () => ClusterHubOptions['cluster'];
}

const { cluster: _, ...limitRules } = hubRules;

/** What each option of {@link getHub} may be. */
export const hubOptionRules: RulesOf<NextHubOptions> = {
  name: text,
  hub: nested(limitRules),
  cluster: callback,
};

/**
 * The hub of this process as one of many nodes: what it publishes is on its way to the log until `accepted()` says otherwise.
 *
 * @throws Error — the hub was made without an engine before.
 */
export function getHub<Subjects extends SubjectMap = AnySubjects>(
  options: NextHubOptions & { readonly cluster: NonNullable<NextHubOptions['cluster']> },
): ClusterHub<Subjects>;
/**
 * The hub of this process, for server actions, route handlers, pages and instrumentation alike. The first call makes it, and
 * the first after the application has closed it makes another.
 *
 * @remarks If a hub exists with other options, it is returned unchanged and the process emits the warning
 * `COMETKIT_HUB_OPTIONS`.
 */
export function getHub<Subjects extends SubjectMap = AnySubjects>(options?: NextHubOptions): Hub<Subjects>;
export function getHub<Subjects extends SubjectMap = AnySubjects>(
  options: NextHubOptions = {},
): Hub<Subjects> {
  checkOptions(options, hubOptionRules);
  return entryOf(options).hub;
}

/**
 * Publishes to everybody who has subscribed, from any server-side code.
 *
 * @returns the event; on one of many nodes it has its place once `accepted()` says so.
 * @throws CometError `invalid-subject`, `invalid-data`, `event-too-large`.
 */
export function publish<Data>(subject: string, data: Jsonable<Data>): Publication {
  return getHub().publish(subject, data);
}

/** The entry of a hub, which is made when it is not there. */
export function entryOf({ name = 'default', hub: hubOptions, cluster }: NextHubOptions): Entry {
  const { entries, drained } = registry();
  const found = entries.get(name);
  // One that the application closed is replaced; in a process that ends, nothing opens again.
  if (found !== undefined && (drained || !found.hub.closed)) {
    if (cluster !== undefined && found.hub.cluster === undefined) throw new Error(tooLate(name));
    if (hubOptions !== undefined && !sameOptions(hubOptions, found.hubOptions ?? {})) warn(name);
    return found;
  }
  // What a publish gives is the caller's affair; nobody in here looks at it.
  const hub =
    cluster === undefined ? createHub(hubOptions) : (createHub({ ...hubOptions, cluster: cluster() }) as Hub);
  const entry: Entry = { hub, hubOptions, createFetchHandler, handlers: new Set() };
  entries.set(name, entry);
  return entry;
}

function sameOptions(left: HubOptions, right: HubOptions): boolean {
  return canonical(left) === canonical(right);
}

// Loggers are no limits.
function canonical({ log = {}, logger: _logger, ...rest }: HubOptions): string {
  return JSON.stringify([Object.entries(rest).sort(), Object.entries(log).sort()]);
}

function warn(name: string): void {
  const message = `The hub "${name}" of this process has other limits than those given now, and keeps them until a restart.`;
  process.emitWarning(message, { type: 'CometKitWarning', code: 'COMETKIT_HUB_OPTIONS' });
}

// Otherwise its events would reach the clients of this process alone, without a word.
function tooLate(name: string): string {
  return `The hub "${name}" of this process was made without the option \`cluster\`: give it to whoever comes first, such as getHub({ cluster }) in instrumentation.ts`;
}
