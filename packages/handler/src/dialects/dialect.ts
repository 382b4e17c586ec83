import type { Format } from '@cometkit/codec';
import type { JsonValue } from '@cometkit/core';
import type { HttpRequest } from '../http.ts';
import type { RawRequest, RequestFields } from '../request-fields.ts';
import type { Mode } from '../wire-names.ts';

/** What a dialect reads of a request besides its fields. */
export type RequestHead = Pick<HttpRequest, 'method' | 'header'>;

/** One of two ways to write the same commands. */
export interface Dialect {
  readonly name: 'modern' | 'classic';
  /** False where a link could ask for a command: then there are no requests to the server's handlers. */
  readonly hasRequests: boolean;
  /** The format of errors until the format of the request is known. */
  defaultFormat(configured: Format): Format;
  /** Returns the name that clients use for a field. */
  nameOf(field: string): string;
  /**
   * Reads the fields of a request and converts their names to the internal ones.
   *
   * @throws {CometError} `invalid-field` — a name is misspelt.
   * @throws {CometError} `malformed-request` — the request mixes dialects.
   */
  read(raw: RawRequest, head: RequestHead): RequestInput;
  /**
   * Checks that messages of a syntax may use this dialect.
   *
   * @throws {CometError} `malformed-request` — they may not.
   */
  checkSyntax(syntax: 'json' | 'xml'): void;
  /**
   * Returns the format that a request asks for.
   *
   * @returns undefined if it asks for none: then the format of its session applies, or the default of the handler.
   * @throws {CometError} `unknown-format` — the format is not served.
   */
  formatOf(input: RequestInput, head: RequestHead): Format | undefined;
  /**
   * Returns the mode of a channel.
   *
   * @param asked - the mode in the request.
   * @throws {CometError} `unknown-mode` — the format cannot be read before its answer ends.
   */
  modeOf(asked: Mode | undefined, format: Format): Mode;
}

/** A request after its dialect was read. */
export interface RequestInput {
  readonly dialect: Dialect;
  /** The fields of the protocol, by internal name; see {@link Dialect.nameOf}. */
  readonly fields: RequestFields;
  /**
   * Returns the data of a publish.
   *
   * @throws {CometError} `invalid-field` or `reserved-field` — the format cannot carry a name.
   */
  data(): JsonValue;
}
