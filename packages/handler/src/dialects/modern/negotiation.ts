import { type Format, type FormatName, modernFormats } from '@cometkit/codec';
import { CometError } from '@cometkit/core';
import { textOf } from '../../request-fields.ts';
import { acceptedTypes } from '../accepted.ts';
import type { RequestHead, RequestInput } from '../dialect.ts';

const byField: ReadonlyMap<string, FormatName> = new Map([
  ['ndjson', 'ndjson'],
  ['sse', 'sse'],
  ['json', 'json-array'],
]);
const byType: ReadonlyMap<string, FormatName> = new Map([
  ['application/x-ndjson', 'ndjson'],
  ['text/event-stream', 'sse'],
  ['application/json', 'json-array'],
  ['*/*', 'ndjson'],
  ['application/*', 'ndjson'],
  ['text/*', 'sse'],
]);
const byEvents: ReadonlyMap<string, FormatName> = new Map([
  ['subject', 'sse-subject'],
  ['envelope', 'sse-envelope'],
]);

/** Returns the format of a modern request: its field `format`, otherwise `Accept`, otherwise `ndjson`. */
export function formatOf(input: RequestInput, head: RequestHead): Format {
  const name = wanted(input, head);
  const events = textOf(input, 'events');
  return modernFormats.get(events === undefined ? name : eventsFormat(name, events)) as Format;
}

function wanted(input: RequestInput, head: RequestHead): FormatName {
  const field = textOf(input, 'format');
  if (field !== undefined)
    return byField.get(field) ?? refuse('unknown-format', 'format', 'none of sse, ndjson and json');
  for (const type of acceptedTypes(head.header('accept'))) {
    const name = byType.get(type);
    if (name !== undefined) return name;
  }
  return 'ndjson';
}

function eventsFormat(name: FormatName, events: string): FormatName {
  if (name !== 'sse') refuse('invalid-field', 'events', 'for server-sent events only: add format=sse');
  return byEvents.get(events) ?? refuse('invalid-field', 'events', 'none of subject and envelope');
}

function refuse(code: 'unknown-format' | 'invalid-field', field: string, reason: string): never {
  if (code === 'unknown-format') throw new CometError(code, `${field} is ${reason}`, {});
  throw new CometError(code, `${field} is ${reason}`, { field, reason });
}

const queries: ReadonlyMap<FormatName, string> = new Map([
  ['json-array', '&format=json'],
  ['sse', '&format=sse'],
  ['sse-subject', '&format=sse&events=subject'],
  ['sse-envelope', '&format=sse&events=envelope'],
]);

/** What an address needs behind its other fields to ask for a format, whoever follows it. */
export function queryOf({ name }: Format): string {
  return queries.get(name) ?? '';
}
