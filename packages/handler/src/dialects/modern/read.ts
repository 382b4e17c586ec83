import { CometError, type JsonValue } from '@cometkit/core';
import type { RawRequest } from '../../request-fields.ts';
import { verbOf } from '../../wire-names.ts';
import type { RequestHead, RequestInput } from '../dialect.ts';
import { checkNames } from './names.ts';

const safe: ReadonlySet<JsonValue | undefined> = new Set(['join', 'join-listen', 'listen', 'refresh']);

/** Reads a request: its names are the internal ones, and a GET without a `type` asks for a stream. */
export function read(raw: RawRequest, head: RequestHead): Pick<RequestInput, 'fields' | 'data'> {
  checkNames(raw);
  const fields = new Map(raw.fields);
  if (raw.source === 'query' && head.method !== 'POST') {
    if (empty(fields, 'type')) setType(fields);
    refuseChange(fields);
  }
  return { fields, data: () => dataOf(raw.fields) };
}

function setType(fields: Map<string, JsonValue>): void {
  if (!empty(fields, 'session')) fields.set('type', 'listen');
  else if (!empty(fields, 'subject')) fields.set('type', 'join-listen');
}

// A link, an image or a prefetch must not publish, and no cache may answer a command.
function refuseChange(fields: ReadonlyMap<string, JsonValue>): void {
  const type = fields.get('type');
  if (empty(fields, 'type') || safe.has(type)) return;
  if (verbOf(String(type)) === undefined)
    throw new CometError('unknown-command', 'type names no command', {});
  const reason = 'type names a command that is sent by POST, as JSON';
  throw new CometError('malformed-request', reason, { reason: 'method' });
}

function dataOf(fields: ReadonlyMap<string, JsonValue>): JsonValue {
  const data = fields.get('data');
  if (data !== undefined) return data;
  throw new CometError('missing-field', 'no data provided', { field: 'data' });
}

function empty(fields: ReadonlyMap<string, JsonValue>, name: string): boolean {
  const value = fields.get(name);
  return value === undefined || value === null || value === '';
}
