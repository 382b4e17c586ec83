import type { Session } from './session.ts';

/** Ends and renews what hooks have allowed. Only a handler can: it has the hooks. */
export interface Admissions {
  /**
   * Sets when the admission of a session ends, in place of what its join hook said. Before that its client is asked for fresh
   * credentials; if the join hook lets it stay, it keeps its session. Otherwise, and where there is no such hook, the session ends as `revoked`.
   *
   * @param at - a `Date`, or Unix milliseconds; a time that is over ends the session now.
   * @throws {RangeError} it is no time, or looks like seconds.
   * @throws {TypeError} no handler serves the hub, or `session` is none.
   */
  expire(session: Session, at: number | { getTime(): number }): void;
  /**
   * Asks the hooks again: the subscribe hook now, for each subscription of a session or of all sessions of a principal; the join hook as
   * soon as the client has shown fresh credentials, for which it has 10 s. What the subscribe hook refuses ends as by `hub.revoke`.
   *
   * A session without an open channel is asked about before its next command. In a cluster this is done on all nodes. A hook must not call
   * it for those whom it is asked about: after ten times that counts as a no.
   *
   * @returns how many subscriptions have ended, once the hook has answered for all; in a cluster those of this node. A session about which the
   *   hook is being asked already is asked about once more afterwards: what ends then counts for the call that came first.
   * @throws {TypeError} no handler serves the hub, or `who` is neither a session nor a name.
   */
  reauthorize(who: Session | string): Promise<number>;
}

/** Stands for both on a hub that no handler serves. */
export function unserved(): never {
  throw new TypeError('no handler serves this hub: nothing asks hooks, and no admission ends');
}
