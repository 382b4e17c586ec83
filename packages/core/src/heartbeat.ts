import { Deadlines } from './deadlines.ts';
import type { Session } from './session.ts';

/**
 * Finds the open transports on which nothing was written for their idle time, and tells them.
 *
 * One wheel for all sessions, no timer: a session that is busy costs nothing here, for its deadline is moved only when
 * the old one has come.
 */
export class HeartbeatScheduler {
  readonly #deadlines: Deadlines<Session>;

  constructor(now: number) {
    this.#deadlines = new Deadlines(100, 256, now, (session, time) => this.#due(session, time));
  }

  /** Sessions on the wheel. */
  get size(): number {
    return this.#deadlines.size;
  }

  /** Watches a session whose transport was opened, or wrote, at `now`. */
  watch(session: Session, now: number): void {
    const { transport, marks } = session;
    marks.wrote = now;
    if (transport === undefined) return;
    const at = now + transport.idleMs;
    if (marks.idleAt !== 0 && marks.idleAt <= at) return;
    marks.idleAt = at;
    this.#deadlines.add(session, at);
  }

  /** Tells every transport whose time has come. */
  run(now: number): void {
    this.#deadlines.run(now);
  }

  #due(session: Session, now: number): number {
    const { transport, marks } = session;
    // An entry that a nearer one has overtaken is dropped when it comes up; the nearer one goes on.
    if (transport === undefined || now < marks.idleAt) return this.#drop(session, now);
    const at = marks.wrote + transport.idleMs;
    if (at > now) {
      marks.idleAt = at;
      return at;
    }
    marks.wrote = now;
    marks.idleAt = now + transport.idleMs;
    transport.idle();
    return session.transport === undefined ? this.#drop(session, now) : marks.idleAt;
  }

  #drop(session: Session, now: number): number {
    if (session.transport === undefined || now >= session.marks.idleAt) session.marks.idleAt = 0;
    return 0;
  }
}
