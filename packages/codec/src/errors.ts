/** Why an event cannot be encoded. */
export type EncodeErrorCode =
  | 'invalid-event'
  | 'invalid-name'
  | 'reserved-name'
  | 'duplicate-name'
  | 'missing-field'
  | 'invalid-number'
  | 'invalid-text'
  | 'invalid-url'
  | 'not-json';

/** Where in an event the encoder stopped. */
export interface EncodeErrorDetails {
  /** Name of the refused field, if there is one. */
  readonly field?: string;
  /** Index of the first refused UTF-16 unit of the field's value. */
  readonly offset?: number;
  /** The underlying error. */
  readonly cause?: unknown;
}

/**
 * Thrown by an encoder: a format refuses a value that it cannot carry instead of changing it.
 *
 * @remarks `message` is `"[code] …"` and never contains a value. A field's name is quoted as JSON, and cut at 64 characters.
 */
export class EncodeError extends Error {
  /** The name of the class. */
  override readonly name: string = 'EncodeError';
  /** Why the event was refused. */
  readonly code: EncodeErrorCode;
  /** Name of the refused field; undefined when the event as a whole is refused. */
  readonly field: string | undefined;
  /** Index of the refused UTF-16 unit in the value; undefined when there is none. */
  readonly offset: number | undefined;

  constructor(code: EncodeErrorCode, details: EncodeErrorDetails = {}) {
    const field =
      details.field === undefined ? '' : ` in field ${JSON.stringify(details.field.slice(0, 64))}`;
    const offset = details.offset === undefined ? '' : ` at ${details.offset}`;
    super(`[${code}] the event cannot be encoded${field}${offset}`, { cause: details.cause });
    this.code = code;
    this.field = details.field;
    this.offset = details.offset;
  }
}

/** Why a text cannot be decoded. */
export type DecodeErrorType =
  | 'malformed'
  | 'truncated'
  | 'too-large'
  | 'too-many-fields'
  | 'invalid-name'
  | 'invalid-reference'
  | 'invalid-character'
  | 'not-json'
  | 'missing-event'
  | 'refused';

/**
 * Thrown by a decoder or parser.
 *
 * @remarks `message` never contains the text that was read. The type `refused` means that the decoder failed before and needs
 *   `reset()`.
 */
export class DecodeError extends Error {
  /** The name of the class. */
  override readonly name: string = 'DecodeError';
  /** What is wrong. */
  readonly type: DecodeErrorType;
  /** Where the fault was detected, in UTF-16 units from the start of the text, or of the stream since the last `reset()`. */
  readonly offset: number;

  constructor(type: DecodeErrorType, offset: number, options?: { readonly cause?: unknown }) {
    super(`[${type}] the text cannot be decoded at ${offset}`, options);
    this.type = type;
    this.offset = offset;
  }
}
