import type { CometErrorCode, Session } from '@cometkit/core';

/** What messages come from: it is not read while enough of them wait. */
export interface Resumable {
  resume(): void;
}

/** One client at the other end of a socket: commands come in as texts, answers and events go out at its outlet. */
export interface Connection {
  /** The session that its messages speak for; undefined before the first join and after the end of the session. */
  readonly session: Session | undefined;
  /** True while a data channel is open. */
  readonly listening: boolean;
  /** True while a message is carried out or waits for its turn. */
  readonly busy: boolean;
  /**
   * Carries out one message.
   *
   * Shape: false when enough of them wait: read no more until {@link Connection.comesFrom | source} is resumed. Never throws: whatever is
   * wrong with a message is answered. Answers keep the order of the messages, one for each.
   */
  receive(text: string): boolean;
  /** Names what is to be resumed when messages are welcome again. At most one source. */
  comesFrom(source: Resumable): void;
  /** Ends the connection; with a code the client is told why, in a `nack`. */
  end(code?: CometErrorCode, reason?: string): void;
}
