import type { HubLimits } from './options.ts';
import type { Session } from './session.ts';
import { TimerWheel } from './timer-wheel.ts';

/**
 * Ends silent sessions. A lease runs from the last request, or from the end of the last transport, and pauses while a
 * transport is open. Until a client's first request after its join the shorter, embryonic lease applies.
 *
 * A session with its own lease has that from the join on.
 */
export class Leases {
  readonly #limits: HubLimits;
  readonly #wheel: TimerWheel<Session>;
  readonly #expire: (session: Session) => void;

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

  #due(session: Session, now: number): number | undefined {
    if (session.closed) return undefined;
    const { leaseMs, embryonicLeaseMs } = this.#limits;
    const { established, seen, attached } = session;
    const lease = session.leaseMs ?? (established ? leaseMs : embryonicLeaseMs);
    const at = (attached ? now : seen) + lease;
    if (at > now) return at;
    this.#expire(session);
    return undefined;
  }
}
