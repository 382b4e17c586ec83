import type { Session } from './session.ts';
import { TimerWheel } from './timer-wheel.ts';
import type { Transport } from './transport.ts';

// A session is checked at least once per turn of the wheel, however long its idle time: an ended one must not stay there.
const lookMs = 20_000;

// An event to everybody sets all deadlines to one moment. The heartbeats that follow come a little early, each by another
// share of a time, in ms, that grows with their number: 10,000 take ten ticks of some 10 ms each and not one of 100.
const earlyMs = 0.1;
const mostEarly = 0.1;
// The golden section: shares in a row fall far from each other.
const step = 0.618_033_988_749_895;

/**
 * Calls `idle` for every open transport to which nothing was written for its idle time.
 *
 * All sessions share one wheel without a timer. A busy session costs nothing, because its deadline is only moved when the old
 * one comes.
 */
export class HeartbeatScheduler {
  readonly #wheel: TimerWheel<Session>;
  readonly #idle: (session: Session) => void;
  #share = 0;
  // How many there are; the wheel does not count those that it is looking at.
  #crowd = 0;

  /** @param idle - called with the session whose transport is idle. It may run application code. */
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

  /** Calls `idle` for every transport that is due. */
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
