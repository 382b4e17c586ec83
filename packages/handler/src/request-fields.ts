import { CometError, type JsonValue } from '@cometkit/core';

/** The fields of one request by name, whichever way they came. A Map, since the names are a stranger's. */
export type RequestFields = ReadonlyMap<string, JsonValue>;

/** The fields of a request as they came. */
export interface RawRequest {
  readonly fields: RequestFields;
  /** True for JSON, where a member may be more than text. */
  readonly structured: boolean;
  /** Where they stood. An application may have parameters of its own in a query. */
  readonly source: 'query' | 'body' | 'element';
}

/** Fields, and what their sender calls them. */
interface Named {
  readonly fields: RequestFields;
  readonly dialect: { nameOf(field: string): string };
}

/**
 * The text of a field; numbers and booleans in words.
 *
 * @returns undefined when it is missing or empty.
 * @throws {CometError} `invalid-field` — the field is structured.
 */
export function textOf({ fields, dialect }: Named, name: string): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'object') return String(value);
  const field = dialect.nameOf(name);
  throw new CometError('invalid-field', `${field} is not text`, { field, reason: 'not text' });
}
