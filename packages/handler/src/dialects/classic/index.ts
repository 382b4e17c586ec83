import {
  classicFieldName,
  classicFormats,
  type Format,
  isFieldName,
  modernFieldName,
  modernType,
} from '@cometkit/codec';
import { CometError, type JsonValue } from '@cometkit/core';
import { isJoin } from '../../command.ts';
import { type RawRequest, textOf } from '../../request-fields.ts';
import { verbOf } from '../../wire-names.ts';
import { acceptedTypes } from '../accepted.ts';
import type { Dialect, RequestHead, RequestInput } from '../dialect.ts';

// A request that has one of these is in the modern dialect.
const foreign = ['type', 'subject', 'session', 'ack'];
const instead =
  'ask for GET /push?subject=/news with "Accept: text/event-stream" or "Accept: application/x-ndjson"';

/** The dialect of the original protocol: its names begin with `p_`, everything else is the data of a publish. */
export const classic: Dialect = {
  name: 'classic',
  hasRequests: false,
  defaultFormat: (configured) => configured,
  nameOf: classicFieldName,
  read,
  checkSyntax,
  formatOf,
  modeOf: (asked) => asked ?? 'stream',
};

/** Returns whether a request uses the dialect of the original protocol. */
export function isClassic({ fields, source }: RawRequest): boolean {
  if (source === 'element') return true;
  for (const name of fields.keys()) if (name.startsWith('p_')) return true;
  return false;
}

function read({ fields, structured }: RawRequest): RequestInput {
  const own = new Map<string, JsonValue>();
  const others: [string, JsonValue][] = [];
  for (const [name, value] of fields) {
    const inside = modernFieldName(name);
    if (inside !== undefined) own.set(inside, valueInside(inside, value));
    else if (!name.startsWith('p_')) others.push([name, value]);
  }
  refuseMixed(own, fields);
  return { dialect: classic, fields: own, data: () => dataOf(others, structured) };
}

function valueInside(name: string, value: JsonValue): JsonValue {
  if (typeof value !== 'string') return value;
  if (name === 'type') return modernType(value);
  return name === 'mode' && value === 'pull' ? 'long-poll' : value;
}

// The data of a publish may have any name.
function refuseMixed(own: ReadonlyMap<string, JsonValue>, fields: RawRequest['fields']): void {
  if (own.get('type') === 'publish') return;
  const name = foreign.find((candidate) => fields.has(candidate));
  if (name === undefined) return;
  const reason = `${name} and names that begin with p_ belong to two dialects: use one of them`;
  throw new CometError('malformed-request', reason, { reason: 'dialects' });
}

// Protocol names in published data never reach a subscriber.
function dataOf(members: readonly [string, JsonValue][], structured: boolean): JsonValue {
  for (const [name] of members) {
    if (!isFieldName(name))
      throw new CometError('reserved-field', 'a field has a name that cannot be published', {
        field: 'a field',
      });
  }
  const [only] = members;
  if (structured && members.length === 1 && only?.[0] === 'data') return only[1];
  const reason = 'structured: use the member data';
  for (const [name, value] of members) {
    if (name !== 'data' && typeof value === 'object')
      throw new CometError('invalid-field', `a field is ${reason}`, { field: 'a field', reason });
  }
  return Object.fromEntries(members);
}

function checkSyntax(syntax: 'json' | 'xml'): void {
  if (syntax === 'xml') return;
  const reason = 'messages have no names with p_: write {"type":"subscribe","subject":"/news"}';
  throw new CometError('malformed-request', reason, { reason: 'dialects' });
}

function formatOf(input: RequestInput, head: RequestHead): Format | undefined {
  const name = textOf(input, 'format');
  if (name === undefined) return acceptedFormat(input, head);
  // A client that wants Java objects gets an explanation instead of `unknown-format`: the format exists in the
  // original protocol.
  if (name === 'ser') return undefined;
  const format = classicFormats.get(name as Format['name']);
  if (format !== undefined) return format;
  const modern = name === 'sse' || name === 'ndjson';
  throw new CometError(
    'unknown-format',
    modern ? `p_format ${name} is not served: ${instead}` : 'p_format names no format that is served here',
    {},
  );
}

// Browsers and the original clients ask for HTML, XML or anything, which expresses no preference. A later command gets
// the format of its session.
function acceptedFormat(input: RequestInput, head: RequestHead): Format | undefined {
  const type = textOf(input, 'type');
  if (type !== undefined && !isJoin(verbOf(type))) return undefined;
  const [first] = acceptedTypes(head.header('accept'));
  if (first === 'application/json') return classicFormats.get('json');
  if (type === undefined || (first !== 'text/event-stream' && first !== 'application/x-ndjson'))
    return undefined;
  throw new CometError('unknown-format', `names that begin with p_ have no such format: ${instead}`, {});
}
