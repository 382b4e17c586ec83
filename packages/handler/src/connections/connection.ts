import type { CometErrorCode, Session } from '@cometkit/core';

/** The source of messages, which is paused while enough of them wait. */
export interface Resumable {
  resume(): void;
}

/** One client at the other end of a socket: commands arrive as texts, answers and events leave through its outlet. */
export interface Connection {
  /** The session of its messages; undefined before the first join and after the end of the session. */
  readonly session: Session | undefined;
  /** True while a data channel is open. */
  readonly listening: boolean;
  /** True while a message runs or waits. */
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
  /** Sets the source to resume when more messages may come. There is at most one. */
  comesFrom(source: Resumable): void;
  /** Ends the connection. With a code, the client gets a `nack` with the reason first. */
  end(code?: CometErrorCode, reason?: string): void;
}
