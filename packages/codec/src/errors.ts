/** Why something cannot be put on the wire. */
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
  /** Name of the field, where one is meant. */
  readonly field?: string;
  /** Index of the first refused UTF-16 unit of the field's value. */
  readonly offset?: number;
  /** What was thrown underneath. */
  readonly cause?: unknown;
}

/**
 * The refusal of an encoder: a format says it cannot carry a value rather than change it.
 *
 * Shape: `message` is `"[code] …"` and holds no value; a field's name is quoted as JSON and cut.
 */
export class EncodeError extends Error {
  /** The name of the class. */
  override readonly name: string = 'EncodeError';
  /** Which of the known refusals this is. */
  readonly code: EncodeErrorCode;
  /** Name of the refused field, undefined when the event as a whole is refused. */
  readonly field: string | undefined;
  /** Index of the refused UTF-16 unit in the value, where there is one. */
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

/** What is wrong with a text that was to be decoded. */
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
 * The refusal of a decoder or parser.
 *
 * Shape: `message` never holds the text that was read; `refused` means that the decoder failed before and wants
 * `reset()`.
 * Units: `offset` in UTF-16 units from the start of the text, or of the stream since the last `reset()`.
 */
export class DecodeError extends Error {
  /** The name of the class. */
  override readonly name: string = 'DecodeError';
  /** Which of the known faults this is. */
  readonly type: DecodeErrorType;
  /** Where the fault was noticed. */
  readonly offset: number;

  constructor(type: DecodeErrorType, offset: number, options?: { readonly cause?: unknown }) {
    super(`[${type}] the text cannot be decoded at ${offset}`, options);
    this.type = type;
    this.offset = offset;
  }
}
