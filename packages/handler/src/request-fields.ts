import { CometError, type JsonValue } from '@cometkit/core';

/** The fields of one request by name, whichever way they came. A Map, since the names are a stranger's. */
export type RequestFields = ReadonlyMap<string, JsonValue>;

/** A request as it was read. `structured` says that it was JSON, where a member may be more than text. */
export interface RequestInput {
  readonly fields: RequestFields;
  readonly structured: boolean;
}

/**
 * The text of a field. Shape: undefined when it is missing or empty; numbers and booleans in words.
 *
 * @throws CometError `invalid-field` — the field is structured.
 */
export function textOf(fields: RequestFields, name: string): string | undefined {
  const value = fields.get(name);
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'object') return String(value);
  throw new CometError('invalid-field', `${name} is not text`, { field: name, reason: 'not text' });
}
