import type { Format } from '@cometkit/codec';
import type { JsonValue } from '@cometkit/core';
import type { HttpRequest } from '../http.ts';
import type { RawRequest, RequestFields } from '../request-fields.ts';
import type { Mode } from '../wire-names.ts';

/** What a dialect looks at of a request beside its fields. */
export type RequestHead = Pick<HttpRequest, 'method' | 'header'>;

/** A way to say the same commands. */
export interface Dialect {
  readonly name: 'modern' | 'classic';
  /** The format of what is said to a request before it is known what format it wants. */
  defaultFormat(configured: Format): Format;
  /** What its clients call a field. */
  nameOf(field: string): string;
  /**
   * Reads the fields of a request under the names that they have inside.
   *
   * @throws {CometError} `invalid-field` — a name is misspelt; `malformed-request` — the request mixes dialects.
   */
  read(raw: RawRequest, head: RequestHead): RequestInput;
  /** Checks that messages of a syntax may be in this dialect. @throws {CometError} `malformed-request`. */
  checkSyntax(syntax: 'json' | 'xml'): void;
  /**
   * The format that a request wants to be answered in.
   *
   * @returns undefined when it wants none: then it is that of its session, or the default of the handler.
   * @throws {CometError} `unknown-format` — it is none that is served here.
   */
  formatOf(input: RequestInput, head: RequestHead): Format | undefined;
  /**
   * The mode of a channel.
   *
   * @param asked - the one that the request names.
   * @throws {CometError} `unknown-mode` — the format cannot be read before its answer ends.
   */
  modeOf(asked: Mode | undefined, format: Format): Mode;
}

/** A request that was read in its dialect. */
export interface RequestInput {
  readonly dialect: Dialect;
  /** The fields of the protocol, by the names that they have inside; see {@link Dialect.nameOf}. */
  readonly fields: RequestFields;
  /**
   * What a publish carries.
   *
   * @throws {CometError} `invalid-field`, `reserved-field` — the format cannot carry a name.
   */
  data(): JsonValue;
}
