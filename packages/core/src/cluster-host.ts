import type { Attachments } from './attachments.ts';
import type { HubCluster, SubscriptionParts } from './hub-cluster.ts';
import type { HubEventEmitter } from './hub-events.ts';
import type { HubInternals } from './hub-internals.ts';
import type { Matching } from './pattern.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Subscription } from './subscription.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { CloseReason } from './transport.ts';

/** What a node of a cluster asks of its hub. */
export interface ClusterHost extends HubInternals<Session> {
  subjects: Matching;
  readonly sessions: Sessions;
  readonly subscriptions: Subscriptions;
  readonly attachments: Attachments;
  readonly events: HubEventEmitter;
  readonly cluster: Pick<HubCluster, 'node' | 'asked'> | undefined;
  /** Ends a session and releases everything that belongs to it. */
  end(session: Session, reason: CloseReason): void;
  /** Forgets a session that lives on in the records of a cluster. `reason` is what its transport is told. */
  park(session: Session, reason: CloseReason): void;
  /** Adds a subscription that was made on another node. @returns undefined when it cannot be: that is reported. */
  restore(
    session: Session,
    given: Omit<SubscriptionParts, 'from'>,
    place: { readonly position: number; readonly cursor: string },
  ): Subscription | undefined;
  /** Tells that subscriptions have ended. */
  ended(session: Session, subscriptions: readonly Subscription[]): void;
  /** Ends one session to make room for a newcomer of some neighbourhoods. @returns false when none gives way. */
  makeRoom(newcomer: readonly string[]): boolean;
}
