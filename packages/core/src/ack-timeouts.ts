import type { Session } from './session.ts';
import { TimerWheel } from './timer-wheel.ts';

/**
 * Detects clients that promised to acknowledge but have stopped: they are gone, even if the kernel still accepts bytes for
 * them. Sessions that do not acknowledge are never on this wheel.
 */
export class AckTimeouts {
  readonly #timeoutMs: number;
  readonly #wheel: TimerWheel<Session>;
  readonly #unresponsive: (session: Session) => void;
  readonly #watched = new WeakSet<Session>();

  constructor(timeoutMs: number, now: number, unresponsive: (session: Session) => void) {
    this.#timeoutMs = timeoutMs;
    this.#unresponsive = unresponsive;
    this.#wheel = new TimerWheel(100, 256, now, (session, time) => this.#due(session, time));
  }

  /** Sessions on the wheel. */
  get size(): number {
    return this.#wheel.size;
  }

  /** Watches a session from now on, while it has a transport. */
  watch(session: Session, now: number): void {
    if (this.#watched.has(session)) return;
    this.#watched.add(session);
    this.#wheel.add(session, now + this.#timeoutMs);
  }

  /** Calls `unresponsive` for every session whose client has acknowledged nothing for too long. */
  run(now: number): void {
    this.#wheel.run(now);
  }

  #due(session: Session, now: number): number | undefined {
    if (session.closed || !session.attached) {
      this.#watched.delete(session);
      return undefined;
    }
    const at = Math.min(session.unackedSince, now) + this.#timeoutMs;
    if (at > now) return at;
    this.#watched.delete(session);
    this.#unresponsive(session);
    return undefined;
  }
}
