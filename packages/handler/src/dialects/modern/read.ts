import { CometError, type JsonValue } from '@cometkit/core';
import type { RawRequest, RequestFields } from '../../request-fields.ts';
import { verbOf } from '../../wire-names.ts';
import type { RequestHead } from '../dialect.ts';
import { checkNames } from './names.ts';

const safe: ReadonlySet<JsonValue | undefined> = new Set(['join', 'join-listen', 'listen', 'refresh']);

/** Reads the fields of a request: their names are the internal ones, and a GET without a `type` asks for a stream. */
export function fieldsOf(raw: RawRequest, head: RequestHead): RequestFields {
  checkNames(raw);
  if (raw.source !== 'query' || head.method === 'POST') return raw.fields;
  const fields = empty(raw.fields, 'type') ? withType(raw.fields) : raw.fields;
  refuseChange(fields);
  return fields;
}

function withType(fields: RequestFields): RequestFields {
  if (!empty(fields, 'session')) return new Map(fields).set('type', 'listen');
  return empty(fields, 'subject') ? fields : new Map(fields).set('type', 'join-listen');
}

// A link, an image or a prefetch must not publish, and no cache may answer a command.
function refuseChange(fields: RequestFields): void {
  const type = fields.get('type');
  if (empty(fields, 'type') || safe.has(type)) return;
  if (verbOf(String(type)) === undefined)
    throw new CometError('unknown-command', 'type names no command', {});
  const reason = 'type names a command that is sent by POST, as JSON';
  throw new CometError('malformed-request', reason, { reason: 'method' });
}

/** Returns what a publish carries. @throws {CometError} `missing-field` — there is nothing. */
export function dataOf({ fields }: RawRequest): JsonValue {
  const data = fields.get('data');
  if (data !== undefined) return data;
  throw new CometError('missing-field', 'no data provided', { field: 'data' });
}

function empty(fields: RequestFields, name: string): boolean {
  const value = fields.get(name);
  return value === undefined || value === null || value === '';
}
