'use client';

import type {
  AnySubjects,
  Client,
  ClientEvent,
  ClientOptions,
  DataOf,
  SubscribeOptions,
} from '@cometkit/client';
import { clientRules, type SubjectMap } from '@cometkit/client/adapter';
import type { Presence } from '@cometkit/client/presence';
import { callback, checkOptions, type RulesOf, text } from '@cometkit/core/check-options';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { PresenceWatch, type Present } from './presence.ts';
import type { Gap, Reduce, Subscribed } from './progress.ts';
import { sharedClient } from './registry.ts';
import type { Comet, SharedClient } from './shared-client.ts';
import { Watch } from './watch.ts';

/** What a subscription of a component can be told. When one of the first five or the pattern changes, it begins anew. */
export interface UseSubscriptionOptions<Data>
  extends Pick<SubscribeOptions, 'since' | 'last' | 'latest' | 'conflate'> {
  /** False to wait. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** Called for every event, in order; the value shows the newest only. */
  readonly onEvent?: ((event: ClientEvent<Data>) => void) | undefined;
  /** Called when events are missing: read the snapshot again, unless the `reason` is `outdated`, which comes with `conflate` alone. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** The hooks of one endpoint. */
export interface Hooks<Subjects> {
  /** The connection that all components share. */
  useComet(): Comet<Subjects>;
  /** Who is at a subject: who listens to exactly that. The hub needs a pattern for it in its option `presence`. */
  usePresence(subject: string): Pick<Presence, 'members' | 'error'> & {
    /** True once they are known. */
    readonly ready: boolean;
  };
  /** Events of a pattern, folded into a value. */
  useSubscription<const Pattern extends string, Value>(
    pattern: Pattern,
    options: UseSubscriptionOptions<DataOf<Subjects, Pattern>> & {
      readonly initial: Value;
      readonly reduce: Reduce<Value, DataOf<Subjects, Pattern>>;
    },
  ): Subscribed<Value, DataOf<Subjects, Pattern>>;
  /** The newest data of a pattern, starting with a snapshot. */
  useSubscription<const Pattern extends string>(
    pattern: Pattern,
    options: UseSubscriptionOptions<DataOf<Subjects, Pattern>> & {
      readonly initial: DataOf<Subjects, Pattern>;
    },
  ): Subscribed<DataOf<Subjects, Pattern>, DataOf<Subjects, Pattern>>;
  /** The newest data of a pattern. */
  useSubscription<const Pattern extends string>(
    pattern: Pattern,
    options?: UseSubscriptionOptions<DataOf<Subjects, Pattern>>,
  ): Subscribed<DataOf<Subjects, Pattern> | undefined, DataOf<Subjects, Pattern>>;
}

/** Where the hooks connect, and how. */
export interface HooksOptions extends ClientOptions {
  /** The endpoint. @defaultValue `/push` */
  readonly url?: string | undefined;
  /**
   * Makes the client. With `createSharedClient` of `@cometkit/client/shared` all tabs of the site share one session: over
   * HTTP/1.1 browsers allow six connections, and each tab takes one.
   *
   * @defaultValue `createClient`: a session for each tab
   */
  readonly createClient?: ((url: string, options: ClientOptions) => Client<AnySubjects>) | undefined;
}

const rules: RulesOf<HooksOptions> = { ...clientRules, url: text, createClient: callback };

interface AnyOptions extends UseSubscriptionOptions<unknown> {
  readonly initial?: unknown;
  readonly reduce?: Reduce<unknown, unknown> | undefined;
}

/**
 * Makes hooks that know the subjects of an app and their data. Hooks with the same settings share a client.
 *
 * @example
 * ```ts
 * const { useSubscription } = createHooks<{ '/stocks/:symbol': { price: number } }>();
 * // in a component: value.price is a number
 * const { value } = useSubscription('/stocks/AAPL');
 * ```
 */
export function createHooks<Subjects extends SubjectMap = AnySubjects>(
  given: HooksOptions = {},
): Hooks<Subjects> {
  checkOptions(given, rules);
  const { url = '/push', createClient: make, ...options } = given;
  let found: SharedClient | undefined;
  const shared = (): SharedClient => {
    found ??= sharedClient({ url, make, options });
    return found;
  };
  const hooks = {
    useComet: () => useShared(shared()),
    usePresence: (subject: string) => useMembers(shared(), subject),
    useSubscription: (pattern: string, given: AnyOptions = {}) => useItems(shared(), pattern, given),
  };
  return hooks as Hooks<Subjects>;
}

function useShared(client: SharedClient): Comet<unknown> {
  return useSyncExternalStore(client.subscribe, client.snapshot, client.serverSnapshot);
}

function useMembers(shared: SharedClient, subject: string): Present {
  const [kept, keep] = useState(() => new PresenceWatch(shared, subject));
  const watch = kept.isFor(shared, subject) ? kept : new PresenceWatch(shared, subject);
  if (watch !== kept) keep(watch);
  return useSyncExternalStore(watch.subscribe, watch.snapshot, watch.snapshot);
}

function useItems(shared: SharedClient, pattern: string, options: AnyOptions): Subscribed<unknown, unknown> {
  const { since, last, latest, conflate, enabled = true, initial } = options;
  const wanted = { shared, pattern, since, last, latest, conflate, enabled };
  const [kept, keep] = useState(() => new Watch(wanted, initial, options));
  // Changed while rendering: no render shows what belongs to another pattern.
  const watch = kept.isFor(wanted) ? kept : new Watch(wanted, initial, options);
  if (watch !== kept) keep(watch);
  // Before the subscription, so that what it calls back is what the newest render gave.
  useEffect(() => {
    watch.callbacks = options;
  });
  return useSyncExternalStore(watch.subscribe, watch.snapshot, watch.snapshot);
}
