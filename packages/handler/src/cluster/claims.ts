import { fromEngine } from './engine-away.ts';
import type { HeldSessions } from './held-sessions.ts';

// As long as engines know who was the first to bring a nonce.
const knownMs = 60_000;

/** Which requests to the server this node carries out, so that none is carried out on two nodes. */
export class Claims {
  readonly #held: HeldSessions;
  /** Marks of requests that this node has asked for, the oldest first, each with its time in monotonic milliseconds. */
  readonly #asked = new Map<string, number>();

  constructor(held: HeldSessions) {
    this.#held = held;
  }

  /**
   * Claims a request of a session for this node.
   *
   * @returns false when a node carries it out already, or has, in the last minute: its answer is an event, and needs no other one.
   * @throws {EngineAway} — nobody knows; it may be sent again.
   */
  async take(session: string, messageId: string): Promise<boolean> {
    const { keys, cluster, engine, runtime } = this.#held;
    const mark = await keys.requestMark(session, messageId);
    this.#forget(runtime.now() - knownMs);
    if (this.#asked.has(mark)) return false;
    this.#asked.set(mark, runtime.now());
    // The same for each attempt of this node: the answer to the first one may be lost.
    const own = await keys.requestMark(cluster.node, mark);
    try {
      return own === (await fromEngine(engine.sessions.create(own, '-', { ttlMs: knownMs, nonce: mark })));
    } catch (error) {
      this.#asked.delete(mark);
      throw error;
    }
  }

  #forget(before: number): void {
    for (const [mark, at] of this.#asked) {
      if (at > before) return;
      this.#asked.delete(mark);
    }
  }
}
