'use client';

import type { AnySubjects } from '@cometkit/client';
/**
 * CometKit in React: subscriptions and the connection as hooks, over one client that all components share.
 *
 * @packageDocumentation
 */
import { createHooks, type Hooks } from './hooks.ts';

export type {
  AnySubjects,
  Client,
  ClientError,
  ClientEvent,
  ClientState,
  TransportName,
} from '@cometkit/client';
export { createHooks, type Hooks, type HooksOptions, type UseSubscriptionOptions } from './hooks.ts';
export type { Gap, Reduce, Subscribed } from './progress.ts';
export type { Comet } from './shared-client.ts';

const hooks: Hooks<AnySubjects> = createHooks();

/** The connection to `/push` that all components share. For another endpoint or typed subjects see {@link createHooks}. */
export const useComet: Hooks<AnySubjects>['useComet'] = hooks.useComet;

/** Events of `/push`. For another endpoint or typed subjects see {@link createHooks}. */
export const useSubscription: Hooks<AnySubjects>['useSubscription'] = hooks.useSubscription;

/** Who is at a subject, over the connection to `/push`. For another endpoint see {@link createHooks}. */
export const usePresence: Hooks<AnySubjects>['usePresence'] = hooks.usePresence;
