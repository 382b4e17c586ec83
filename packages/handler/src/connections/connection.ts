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
   * Executes one message. Answers keep the order of the messages, one for each.
   *
   * @remarks
   * Never throws: an invalid message gets an answer that says so.
   *
   * @returns false if enough messages are waiting; then read no more until the {@link Connection.comesFrom | source} is
   *   resumed.
   */
  receive(text: string): boolean;
  /** Names what is to be resumed when messages are welcome again. At most one source. */
  comesFrom(source: Resumable): void;
  /** Ends the connection. With a code, the client gets a `nack` with the reason first. */
  end(code?: CometErrorCode, reason?: string): void;
}
