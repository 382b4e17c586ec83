// Marks the errors of this class. Not by its name, which the errors of other libraries have, with messages that no client may see;
// not by the class, of which a bundle may hold another copy.
const mark = Symbol.for('@cometkit/handler/request-error@1');
const maxReasonLength = 256;

/**
 * Refuses a request with words for the client, who gets them as `serverCode` and `reason`. What else a handler throws stays on the
 * server: the client is told `failed`, and `onError` gets the error.
 */
export class RequestError extends Error {
  override readonly name: string = 'RequestError';
  /** A word for programs: small letters, digits and hyphens. */
  readonly code: string;

  /**
   * @param code - such as `sold-out`.
   * @param reason - a sentence that the client may show; it gets the first 256 characters.
   * @throws {TypeError} the code is not made of small letters, digits and hyphens.
   */
  constructor(code: string, reason: string) {
    super(reason);
    if (typeof code !== 'string' || !/^[a-z][a-z0-9-]{0,63}$/.test(code))
      throw new TypeError('the code of a RequestError is 1 to 64 small letters, digits and hyphens');
    this.code = code;
    Object.defineProperty(this, mark, { value: true });
  }
}

/** What a client is told of a failure. */
export interface Words {
  readonly code: string;
  readonly reason: string;
}

/** Returns the words for the client that an error carries; undefined for an error that is none of its business. */
export function wordsIn(error: unknown): Words | undefined {
  if (!(error instanceof Error) || Reflect.get(error, mark) !== true) return undefined;
  const { code, message } = error as RequestError;
  // Not in the middle of a character.
  return { code, reason: message.slice(0, maxReasonLength).replace(/[\ud800-\udbff]$/, '') };
}
