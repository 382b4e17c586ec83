import type { HubLimits } from './options.ts';
import type { Session } from './session.ts';
import { TimerWheel } from './timer-wheel.ts';

/**
 * Ends sessions that fell silent: a lease runs from the last request, or from the end of the last transport; it stands
 * still while a transport is open. Until a client's first request after its join the lease is the short, embryonic one.
 *
 * A session with a lease of its own has that from the join on. While it has not been used it is kept on sufferance: once
 * it is older than the embryonic lease it gives its place to a newcomer when the hub is full, so that joining alone cannot
 * keep a hub full for longer than it could with the hub's own leases.
 */
export class Leases {
  readonly #limits: HubLimits;
  readonly #wheel: TimerWheel<Session>;
  readonly #expire: (session: Session) => void;
  // Oldest first; those that were used or have ended meanwhile are dropped when they are met.
  readonly #unused = new Set<Session>();

  constructor(limits: HubLimits, now: number, expire: (session: Session) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#wheel = new TimerWheel(100, 256, now, (session, time) => this.#due(session, time));
  }

  /** Sessions on the wheel. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Starts the lease of a session that has just joined. */
  start(session: Session): void {
    this.#wheel.add(session, session.seen + this.#limits.embryonicLeaseMs);
  }

  /** Ends every session whose lease has run out. */
  run(now: number): void {
    this.#wheel.run(now);
  }

  /** Finds the oldest session that outlived the embryonic lease without being used. */
  unused(): Session | undefined {
    for (const session of this.#unused) {
      if (!session.closed && !session.established) return session;
      this.#unused.delete(session);
    }
    return undefined;
  }

  #due(session: Session, now: number): number | undefined {
    this.#unused.delete(session);
    if (session.closed) return undefined;
    const { leaseMs, embryonicLeaseMs } = this.#limits;
    const { established, seen, attached } = session;
    const lease = session.leaseMs ?? (established ? leaseMs : embryonicLeaseMs);
    const at = (attached ? now : seen) + lease;
    if (at > now) {
      if (!established) this.#unused.add(session);
      return at;
    }
    this.#expire(session);
    return undefined;
  }
}
