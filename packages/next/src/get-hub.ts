import { checkOptions, nested, type RulesOf, text } from '@cometkit/core/check-options';
import {
  type AnySubjects,
  type CometEvent,
  createFetchHandler,
  createHub,
  type Hub,
  type HubOptions,
  type Jsonable,
} from '@cometkit/fetch';
import { hubRules, type SubjectMap } from '@cometkit/fetch/adapter';
import { type Entry, registry } from './registry.ts';

/** Which hub is meant. */
export interface NextHubOptions {
  /** One process may have several hubs. @defaultValue `default` */
  readonly name?: string;
  /** Limits of the hub, which count when it is made. */
  readonly hub?: HubOptions;
}

/** What each option of {@link getHub} may be. */
export const hubOptionRules: RulesOf<NextHubOptions> = { name: text, hub: nested(hubRules) };

/**
 * The hub of this process, for server actions, route handlers, pages and instrumentation alike. The first call makes it, and
 * the first after the application has closed it makes another.
 *
 * @remarks If a hub exists with other options, it is returned unchanged and the process emits the warning
 * `COMETKIT_HUB_OPTIONS`.
 */
export function getHub<Subjects extends SubjectMap = AnySubjects>(
  options: NextHubOptions = {},
): Hub<Subjects> {
  checkOptions(options, hubOptionRules);
  return entryOf(options).hub;
}

/**
 * Publishes to everybody who has subscribed, from any server-side code.
 *
 * @throws CometError `invalid-subject`, `invalid-data`, `event-too-large`.
 */
export function publish<Data>(subject: string, data: Jsonable<Data>): CometEvent {
  return getHub().publish(subject, data);
}

/** The entry of a hub, which is made when it is not there. */
export function entryOf({ name = 'default', hub: hubOptions }: NextHubOptions): Entry {
  const { entries, drained } = registry();
  const found = entries.get(name);
  // One that the application closed is replaced; in a process that ends, nothing opens again.
  if (found !== undefined && (drained || !found.hub.closed)) {
    if (hubOptions !== undefined && !sameOptions(hubOptions, found.hubOptions ?? {})) warn(name);
    return found;
  }
  const entry: Entry = { hub: createHub(hubOptions), hubOptions, createFetchHandler, handlers: new Set() };
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
