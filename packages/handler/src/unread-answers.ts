import { CometError, type Session } from '@cometkit/core';
import type { FiniteResponse, HttpRequest } from './http.ts';
import { contextOf, type SessionContext } from './session-context.ts';

/** Smaller answers do not count. In bytes. */
export const largeBytes = 16_384;
// What an answer may hold at most, however far back the log reaches.
const mostBytes = 1_048_576;

/** The bounds of what clients have not read of their answers, in bytes. */
export interface UnreadLimits {
  /** Of one session. */
  readonly queueBytes: number;
  /** Of all queues of the hub together; answers have a quarter of it beside them. */
  readonly hubQueuedBytes: number;
}

/** What a large answer belongs to. */
interface UnreadCall {
  readonly session: Pick<Session, 'context'>;
  readonly request: Pick<HttpRequest, 'watch'>;
  /** The connection of messages that it goes over. */
  readonly carrier: unknown;
}

/** Counts the large answers of a hub that have not left the process: those of a client that asks and does not read would add up. */
export class UnreadAnswers {
  readonly #limits: UnreadLimits;
  #bytes = 0;

  constructor(limits: UnreadLimits) {
    this.#limits = limits;
  }

  /** All of them, in bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many bytes of events an answer may bring: 1 MiB, or 16 KiB while the answers of all sessions take more than their share. */
  get room(): number {
    return this.full ? largeBytes : mostBytes;
  }

  /** True while the answers of all sessions take more than their share. */
  get full(): boolean {
    return this.#bytes >= this.#limits.hubQueuedBytes / 4;
  }

  /**
   * Makes sure that a session may have another large answer.
   *
   * @throws {CometError} `too-busy` — it has not read so much of its earlier ones.
   */
  check(context: SessionContext | undefined): void {
    const limit = this.#limits.queueBytes;
    if (context === undefined || context.unreadBytes < limit) return;
    const reason = `answers of ${limit} bytes are not read yet`;
    throw new CometError('too-busy', reason, { limit, option: 'queueBytes' });
  }

  /** Counts an answer, if it is large, until its request says that it is over. @returns the answer. */
  given(call: UnreadCall, response: FiniteResponse): FiniteResponse {
    const context = contextOf(call.session);
    const bytes = response.body.length;
    // What is sent over a connection of messages is bounded there.
    if (context === undefined || bytes < largeBytes || call.carrier !== undefined) return response;
    this.hold(context, bytes);
    call.request.watch({ closed: () => this.hold(context, -bytes) });
    return response;
  }

  /** Counts bytes, or no longer. */
  hold(context: SessionContext, bytes: number): void {
    context.unreadBytes += bytes;
    this.#bytes += bytes;
  }
}
