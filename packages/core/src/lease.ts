import { Deadlines } from './deadlines.ts';
import type { HubLimits } from './options.ts';
import type { Session } from './session.ts';

/**
 * Ends sessions that fell silent: a lease runs from the last request, or from the end of the last transport; it stands
 * still while a transport is open. Until a client's first request after its join the lease is the short, embryonic one.
 */
export class Leases {
  readonly #limits: HubLimits;
  readonly #deadlines: Deadlines<Session>;
  readonly #expire: (session: Session) => void;

  constructor(limits: HubLimits, now: number, expire: (session: Session) => void) {
    this.#limits = limits;
    this.#expire = expire;
    this.#deadlines = new Deadlines(100, 256, now, (session, time) => this.#due(session, time));
  }

  /** Sessions on the wheel. */
  get size(): number {
    return this.#deadlines.size;
  }

  /** Starts the lease of a session that has just joined. */
  start(session: Session): void {
    this.#deadlines.add(session, session.marks.seen + this.#limits.embryonicLeaseMs);
  }

  /** Ends every session whose lease has run out. */
  run(now: number): void {
    this.#deadlines.run(now);
  }

  #due(session: Session, now: number): number | undefined {
    if (session.closed) return undefined;
    const { leaseMs, embryonicLeaseMs } = this.#limits;
    const lease = session.marks.established ? leaseMs : embryonicLeaseMs;
    const at = (session.attached ? now : session.marks.seen) + lease;
    if (at > now) return at;
    this.#expire(session);
    return undefined;
  }
}
