import type { Session } from './session.ts';
import { TimerWheel } from './timer-wheel.ts';
import type { Transport } from './transport.ts';

// However far its idle time is, a session is looked at within one turn of the wheel, or one that has ended would stay there.
const lookMs = 20_000;

// An event to everybody sets all deadlines to one moment. The heartbeats that follow come a little early, each by another
// share of a time that grows with their number: 10,000 take ten ticks of some 10 ms each and not one of 100. Units: ms.
const earlyMs = 0.1;
const mostEarly = 0.1;
// The golden section: shares in a row fall far from each other.
const step = 0.618_033_988_749_895;

/**
 * Finds the open transports on which nothing was written for their idle time, and has them told.
 *
 * One wheel for all sessions, no timer: a session that is busy costs nothing here, for its deadline is moved only when
 * the old one has come.
 */
export class HeartbeatScheduler {
  readonly #wheel: TimerWheel<Session>;
  readonly #idle: (session: Session) => void;
  #share = 0;
  // How many there are; the wheel does not count those that it is looking at.
  #crowd = 0;

  /** @param idle tells the transport of a session; foreign code. */
  constructor(now: number, idle: (session: Session) => void) {
    this.#idle = idle;
    this.#wheel = new TimerWheel(100, 256, now, (session, time) => this.#due(session, time));
  }

  /** Sessions on the wheel; one that had several transports of late may count more than once. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Watches a session whose transport was opened, or wrote, at `now`. */
  watch(session: Session, now: number): void {
    const { transport } = session;
    session.wroteAt = Math.trunc(now);
    if (transport === undefined) return;
    const at = Math.ceil(now + Math.min(transport.idleMs, lookMs));
    if (session.idleAt !== undefined && session.idleAt <= at) return;
    session.idleAt = at;
    this.#wheel.add(session, at);
  }

  /** Tells every transport whose time has come. */
  run(now: number): void {
    this.#crowd = this.#wheel.size;
    this.#wheel.run(now);
  }

  #due(session: Session, now: number): number | undefined {
    // An entry that a nearer one has overtaken ends here; the nearer one goes on.
    if (session.idleAt !== undefined && now < session.idleAt) return undefined;
    session.idleAt = undefined;
    if (session.transport !== undefined && this.#earliest(session.transport, session.wroteAt) <= now) {
      session.wroteAt = Math.trunc(now);
      this.#idle(session);
    }
    // The transport may have gone, or another may have come that is on the wheel already.
    if (session.transport === undefined || session.idleAt !== undefined) return undefined;
    this.#share = (this.#share + step) % 1;
    const latest = session.wroteAt + session.transport.idleMs;
    const early = (latest - this.#earliest(session.transport, session.wroteAt)) * this.#share;
    session.idleAt = Math.ceil(Math.min(latest - early, now + lookMs));
    return session.idleAt;
  }

  #earliest({ idleMs }: Transport, wrote: number): number {
    return wrote + idleMs - Math.min(idleMs * mostEarly, this.#crowd * earlyMs);
  }
}
