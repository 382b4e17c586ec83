'use client';

import type {
  AnySubjects,
  ClientEvent,
  ClientItem,
  ClientOptions,
  DataOf,
  SubscribeOptions,
} from '@cometkit/client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { type Gap, isStart, type Reduce, type Subscribed, start, take } from './progress.ts';
import { type Comet, type SharedClient, sharedClient } from './shared-client.ts';

/** What a subscription of a component can be told. When one of the first four changes, it begins anew. */
export interface UseSubscriptionOptions<Data> extends Pick<SubscribeOptions, 'since' | 'last' | 'latest'> {
  /** False to wait. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** Called for every event, in order; the value shows the newest only. */
  readonly onEvent?: ((event: ClientEvent<Data>) => void) | undefined;
  /** Called when events are missing: read the snapshot again. */
  readonly onGap?: ((gap: Gap) => void) | undefined;
}

/** The hooks of one endpoint. */
export interface Hooks<Subjects> {
  /** The connection that all components share. */
  useComet(): Comet<Subjects>;
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
}

interface AnyOptions extends UseSubscriptionOptions<unknown> {
  readonly initial?: unknown;
  readonly reduce?: Reduce<unknown, unknown> | undefined;
}

const newest: Reduce<unknown, unknown> = (_value, event) => event.data;

/**
 * Makes hooks that know the subjects of an app and their data.
 *
 * @example
 * ```ts
 * const { useSubscription } = createHooks<{ '/stocks/:symbol': { price: number } }>();
 * // in a component: value.price is a number
 * const { value } = useSubscription('/stocks/AAPL');
 * ```
 */
export function createHooks<Subjects = AnySubjects>({
  url = '/push',
  ...options
}: HooksOptions = {}): Hooks<Subjects> {
  const shared = (): SharedClient => sharedClient(url, options);
  const hooks = {
    useComet: () => useShared(shared()),
    useSubscription: (pattern: string, given: AnyOptions = {}) => useItems(shared(), pattern, given),
  };
  return hooks as Hooks<Subjects>;
}

function useShared(client: SharedClient): Comet<unknown> {
  return useSyncExternalStore(client.subscribe, client.snapshot, client.snapshot);
}

function useItems(shared: SharedClient, pattern: string, options: AnyOptions): Subscribed<unknown, unknown> {
  const { since, last, latest, enabled = true } = options;
  const [subscribed, setSubscribed] = useState(() => start<unknown, unknown>(options.initial));
  // What is called back is what the newest render gave, without a new subscription for each.
  const current = useRef(options);
  useEffect(() => {
    current.current = options;
  });
  useEffect(() => {
    if (!enabled) return undefined;
    const { initial } = current.current;
    setSubscribed((before) => (isStart(before, initial) ? before : start(initial)));
    const subscription = shared.acquire().subscribe(pattern, { since, last, latest, gaps: true });
    subscription.on((item) => {
      tell(item, current.current);
      setSubscribed((before) => take(before, item, current.current.reduce ?? newest));
    });
    subscription.ready.then(
      () => setSubscribed((before) => ({ ...before, ready: true })),
      (error) => error.code !== 'closed' && setSubscribed((before) => ({ ...before, error })),
    );
    return () => {
      subscription.unsubscribe();
      shared.release();
    };
  }, [shared, pattern, since, last, latest, enabled]);
  return subscribed;
}

function tell(item: ClientItem<unknown>, { onEvent, onGap }: AnyOptions): void {
  if (item.kind === 'gap') onGap?.(item);
  else onEvent?.(item);
}
