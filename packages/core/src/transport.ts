import type { Subscription } from './subscription.ts';

/** Why the core closes a transport. */
export type CloseReason =
  | 'superseded'
  | 'left'
  | 'expired'
  | 'overflow'
  | 'unresponsive'
  | 'shutdown'
  | 'revoked';

/**
 * One open way to a client, as the core sees it. Implemented by the handler and by custom servers.
 *
 * Every method returns at once and does not throw: the core calls them while it serves other sessions. One that throws all
 * the same is closed as `unresponsive`. They may call the hub; whom that wakes is woken after those whose turn it is.
 */
export interface Transport {
  /** How long may pass without anything written before {@link idle} is called. Units: milliseconds. */
  readonly idleMs: number;
  /** Says that items wait in the session: take all of them soon, most cheaply together with those of other sessions. */
  wake(): void;
  /** Says that nothing went out for `idleMs`: send a heartbeat, or answer a held poll. */
  idle(): void;
  /**
   * Says that subscriptions were taken away, for the client to be told at once. One that cannot does so when it opens the next
   * channel: `session.takenAway` has them.
   */
  revoked?(subscriptions: readonly Subscription[]): void;
  /** Ends the transport; the session has already forgotten it. Called at most once. */
  close(reason: CloseReason): void;
}
