/**
 * What can go wrong for a client.
 *
 * Shape: `refused` — the server said no, `serverCode` says why; `unreachable`, `timeout`, `server` — the network or the
 * server failed; `malformed`, `too-large`, `bad-cursor` — the server sent what no CometKit server sends; `silent`,
 * `buffered`, `cut` — why a connection was given up; `unknown-session` — the session has ended. After all of these the
 * client tries again by itself, but for a refusal. `unsupported` — the transport does not exist here; `unconfirmed` —
 * whether a message was accepted is not known; `busy` — too many messages wait; `closed` — the client or the
 * subscription was closed; `listener` — a callback of the application threw.
 */
export type ClientErrorCode =
  | 'refused'
  | 'unreachable'
  | 'timeout'
  | 'server'
  | 'malformed'
  | 'too-large'
  | 'bad-cursor'
  | 'silent'
  | 'buffered'
  | 'cut'
  | 'unsupported'
  | 'unknown-session'
  | 'unconfirmed'
  | 'busy'
  | 'closed'
  | 'listener';

/** A failure as the state machine passes it on. Units: `retryMs` in milliseconds, when the server asked for a pause. */
export interface Failure {
  readonly code: ClientErrorCode;
  readonly reason?: string | undefined;
  readonly serverCode?: string | undefined;
  readonly status?: number | undefined;
  readonly retryMs?: number | undefined;
  readonly cause?: unknown;
}

/** The one error class of the client: a code that programs read, and a message that people read. */
export class ClientError extends Error {
  override readonly name: string = 'ClientError';
  /** Which of the known failures this is. */
  readonly code: ClientErrorCode;
  /** The message without the code: the server's words, where there are any. */
  readonly reason: string;
  /** The server's own code of a refusal: `not-authorized`, `invalid-pattern` and so on. */
  readonly serverCode: string | undefined;
  /** Status of HTTP, where it was not 200. */
  readonly status: number | undefined;

  constructor(failure: Failure) {
    const { code, reason = code } = failure;
    super(`[${code}] ${reason}`, failure);
    this.code = code;
    this.reason = reason;
    this.serverCode = failure.serverCode;
    this.status = failure.status;
  }
}
