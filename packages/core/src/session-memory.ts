import { CometError } from './errors.ts';

/** The bounds of what sessions hold. */
export interface MemoryLimits {
  readonly sessionBytes: number;
  readonly hubSessionBytes: number;
  readonly maxSessions: number;
}

/** Whom something is held for. */
interface Holder {
  readonly closed: boolean;
}

/**
 * What a session takes that has joined and nothing else, with its outbox and what a handler keeps of it, in bytes. Measured on
 * 64-bit V8.
 */
export const bareSessionBytes = 1280;

/**
 * Counts what the sessions of a hub hold beside their queues, and knows the bounds: subscriptions with their patterns, labels and
 * places in the index, ids of messages, delivery groups.
 *
 * @remarks Each session may hold `sessionBytes` of each kind. When all together hold `hubSessionBytes`, one may still hold its
 *   equal share of that, so that a few who hold much keep nobody from what is usual.
 */
export class SessionMemory {
  readonly #limits: MemoryLimits;
  readonly #held = new Map<Holder, number>();
  #bytes = 0;

  constructor(limits: MemoryLimits) {
    this.#limits = limits;
  }

  /** What all sessions hold together, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a session may hold now of one kind, in bytes. */
  get allowance(): number {
    const { sessionBytes, hubSessionBytes } = this.#limits;
    return this.#bytes + sessionBytes <= hubSessionBytes ? sessionBytes : this.#share;
  }

  /** Counts bytes that are held for a session, or given up when there are less than 0. An ended one holds nothing. */
  hold(session: Holder, bytes: number): void {
    if (session.closed || bytes === 0) return;
    this.#held.set(session, (this.#held.get(session) ?? 0) + bytes);
    this.#bytes += bytes;
  }

  /** Counts bytes that are held for several sessions, or given up when there are less than 0. */
  share(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Gives up everything that is held for a session. */
  release(session: Holder): void {
    this.#bytes -= this.#held.get(session) ?? 0;
    this.#held.delete(session);
  }

  /** Returns whether a session may be served in groups that take so many bytes. */
  fits(session: Holder, more: number): boolean {
    const { sessionBytes, hubSessionBytes } = this.#limits;
    // Groups only save time: they leave half of the room to subscriptions.
    const most = this.#bytes <= hubSessionBytes / 2 ? sessionBytes : this.#share;
    return (this.#held.get(session) ?? 0) + more <= most;
  }

  /**
   * Checks that a session may have another subscription.
   *
   * @param has - what its subscriptions take, in bytes.
   * @param more - what the new one takes.
   * @throws {CometError} `too-many-subscriptions` — `sessionBytes`; `too-busy` — `hubSessionBytes`.
   */
  check(session: Holder, has: number, more: number): void {
    const { sessionBytes, hubSessionBytes } = this.#limits;
    if (bareSessionBytes + has + more > sessionBytes) {
      const reason = `a session with its subscriptions takes at most ${sessionBytes} bytes (sessionBytes)`;
      throw new CometError('too-many-subscriptions', reason, { limit: sessionBytes, option: 'sessionBytes' });
    }
    const held = this.#held.get(session) ?? 0;
    if (this.#bytes + more <= hubSessionBytes || held + more <= this.#share) return;
    const reason = `all sessions together hold at most ${hubSessionBytes} bytes (hubSessionBytes)`;
    throw new CometError('too-busy', reason, { limit: hubSessionBytes, option: 'hubSessionBytes' });
  }

  get #share(): number {
    const { sessionBytes, hubSessionBytes, maxSessions } = this.#limits;
    return Math.min(sessionBytes, Math.floor(hubSessionBytes / maxSessions));
  }
}
