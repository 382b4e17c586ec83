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
 * Every method must return at once and not throw, because the core calls it while it serves other sessions. A transport that
 * throws is closed as `unresponsive`. Methods may call the hub; sessions that this wakes are woken after those already scheduled.
 */
export interface Transport {
  /** How long nothing may be written before {@link idle} is called, in milliseconds. */
  readonly idleMs: number;
  /** Called when items wait in the session. Take all of them soon; together with other sessions is cheapest. */
  wake(): void;
  /** Called when nothing was written for `idleMs`. Send a heartbeat, or answer a held poll. */
  idle(): void;
  /**
   * Called when subscriptions were revoked. Inform the client now, or when it opens the next channel: `session.takenAway` has
   * them.
   */
  revoked?(subscriptions: readonly Subscription[]): void;
  /** Called at most once to end the transport. The session has already detached it. */
  close(reason: CloseReason): void;
}
