import { CometError, type JsonValue } from '@cometkit/core';

/** The fields of one request by name, however they were sent. A Map, because the names are untrusted. */
export type RequestFields = ReadonlyMap<string, JsonValue>;

/** The fields of a request as they arrived. */
export interface RawRequest {
  readonly fields: RequestFields;
  /** True for JSON, where a value may be more than text. */
  readonly structured: boolean;
  /** Where the fields were. A query may also contain parameters of the application. */
  readonly source: 'query' | 'body' | 'element';
}

/** Fields, and what their sender calls them. */
interface Named {
  readonly fields: RequestFields;
  readonly dialect: { nameOf(field: string): string };
}

/**
 * Returns the text of a field; numbers and booleans are converted.
 *
 * @returns undefined if the field is missing or empty.
 * @throws {CometError} `invalid-field` — the field is structured.
 */
export function textOf({ fields, dialect }: Named, name: string): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'object') return String(value);
  const field = dialect.nameOf(name);
  throw new CometError('invalid-field', `${field} is not text`, { field, reason: 'not text' });
}
