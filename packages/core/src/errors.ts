/** What each error code says beside its message. */
export interface CometErrorDetails {
  'unknown-session': Record<never, never>;
  'too-many-sessions': { readonly limit: number };
  'too-many-subscriptions': { readonly limit: number; readonly option?: string };
  'unknown-subscription': Record<never, never>;
  'invalid-subject': { readonly reason: string };
  'invalid-pattern': { readonly reason: string };
  'invalid-label': { readonly limit: number };
  'invalid-cursor': Record<never, never>;
  'invalid-data': { readonly reason: string };
  'event-too-large': { readonly limit: number };
  'hub-closed': Record<never, never>;
  'not-authorized': { readonly reason: string };
  'missing-field': { readonly field: string };
  'invalid-field': { readonly field: string; readonly reason: string };
  'reserved-field': { readonly field: string };
  'unknown-command': Record<never, never>;
  'no-handler': Record<never, never>;
  'unknown-format': Record<never, never>;
  'unknown-mode': Record<never, never>;
  'malformed-request': { readonly reason: string; readonly option?: string; readonly limit?: number };
  'body-too-large': { readonly limit: number };
  'forbidden-origin': Record<never, never>;
  'too-busy': { readonly limit: number; readonly option?: string };
  /** The engine of a cluster may or may not have what was published. */
  uncertain: Record<never, never>;
  internal: Record<never, never>;
}

/** The closed set of things that can go wrong between a client and the hub. */
export type CometErrorCode = keyof CometErrorDetails;

/**
 * The one error class of CometKit: a code that programs read, details of that code, and a message that people read.
 *
 * @remarks `message` is `"[code] sentence"`. The sentence never repeats what a client sent.
 */
export class CometError<C extends CometErrorCode = CometErrorCode> extends Error {
  override readonly name: string = 'CometError';
  /** Which of the known failures this is. */
  readonly code: C;
  /** The figures and names that belong to the code. */
  readonly details: CometErrorDetails[C];
  /** The sentence without the code, fit to be shown to a client. */
  readonly reason: string;

  constructor(
    code: C,
    reason: string,
    details: CometErrorDetails[C],
    options?: { readonly cause?: unknown },
  ) {
    super(`[${code}] ${reason}`, options);
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  /** Wraps anything thrown: a CometError stays itself, the rest becomes `internal` with the original as its cause. */
  static from(thrown: unknown): CometError {
    if (thrown instanceof CometError) return thrown;
    return new CometError('internal', 'the server failed; its log says why', {}, { cause: thrown });
  }
}
