/**
 * Codes of client errors.
 *
 * `refused` — the server refused, see `serverCode`; `unreachable`, `timeout`, `server` — the network or the
 * server failed; `malformed`, `too-large`, `bad-cursor` — the server sent what no CometKit server sends; `silent`,
 * `buffered`, `cut` — why a connection was given up; `unknown-session` — the session has ended. After all of these the
 * client tries again by itself, but for a refusal. `redirected` — the address answers with a redirect, which is not followed;
 * `invalid` — the call, or a header that the application gave, cannot be sent: a mistake in the application. `unsupported` — the transport does not exist here; `unconfirmed` —
 * whether a message was accepted is not known; `busy` — too many messages wait; `closed` — the client or the
 * subscription was closed; `listener` — a callback of the application threw.
 */
export type ClientErrorCode =
  | 'refused'
  | 'unreachable'
  | 'redirected'
  | 'invalid'
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

/** A failure inside the state machine. `retryMs` is the pause that the server asked for, in milliseconds. */
export interface Failure {
  readonly code: ClientErrorCode;
  readonly reason?: string | undefined;
  readonly serverCode?: string | undefined;
  readonly status?: number | undefined;
  readonly retryMs?: number | undefined;
  readonly cause?: unknown;
}

// What a message says where the server or the place that failed has no words of its own.
const words: Readonly<Record<ClientErrorCode, string>> = {
  refused: 'the server refused it',
  unreachable: 'no answer came from the server',
  redirected: 'the address answers with a redirect, which is not followed',
  invalid: 'it cannot be sent',
  timeout: 'the answer did not come in time',
  server: 'the server, or something in front of it, cannot serve this now',
  malformed: 'the answer is not what a CometKit server writes',
  'too-large': 'the answer is longer than the client takes',
  'bad-cursor': 'the server named a place that is none',
  silent: 'nothing came any more, not even a heartbeat',
  buffered: 'something on the way holds the stream back',
  cut: 'the connection was cut',
  unsupported: 'this does not exist here',
  'unknown-session': 'the session has ended',
  unconfirmed: 'the session ended before the outcome was known',
  busy: 'too many subscriptions and messages wait',
  closed: 'it was closed',
  listener: 'a callback of the application threw',
};

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
    const { code, reason = words[code] } = failure;
    super(`[${code}] ${reason}`, failure);
    this.code = code;
    this.reason = reason;
    this.serverCode = failure.serverCode;
    this.status = failure.status;
  }
}
