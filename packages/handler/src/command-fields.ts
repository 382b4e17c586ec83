import { isFieldName } from '@cometkit/codec';
import { CometError, type HistoryQuery, isWellFormed, type JsonValue, parseCursor } from '@cometkit/core';
import { type RequestFields, type RequestInput, textOf } from './request-fields.ts';
import { type Mode, modeOf } from './wire-names.ts';

// What some format cannot carry, and no label needs.
const unwritable = /[\p{Cc}\ufffe\uffff]/u;
const nonceShape = /^[A-Za-z0-9_-]{16,64}$/;
const longestMessageId = 64;
// As many as the ids of messages that a session keeps, so that a batch that comes again is known by all of them.
const maxBatch = 512;

/** Past events that one answer holds at most. */
export const maxPastEvents = 1000;

/** Reads `p_mode`. */
export function readMode(fields: RequestFields): Mode | undefined {
  const text = textOf(fields, 'p_mode');
  const mode = text === undefined ? undefined : modeOf(text);
  if (text === undefined || mode !== undefined) return mode;
  throw new CometError('unknown-mode', 'p_mode is none of stream, pull and poll', {});
}

/** Reads `p_ack`. */
export function readAck(fields: RequestFields): string | undefined {
  return readCursor(fields, 'p_ack');
}

/** Reads which past events a subscription wants: `p_since`, `p_last` or `p_latest`. */
export function readHistory(fields: RequestFields): HistoryQuery | undefined {
  const since = readCursor(fields, 'p_since');
  const last = textOf(fields, 'p_last');
  const latest = textOf(fields, 'p_latest');
  if (since === undefined && last === undefined && latest === undefined) return undefined;
  if ([since, last, latest].filter((asked) => asked !== undefined).length > 1) {
    throw invalid('p_since', 'given together with p_last or p_latest');
  }
  if (since !== undefined) return { since };
  if (latest !== undefined) return latest === 'true' ? { latest: true } : undefined;
  if (last === undefined) return undefined;
  if (!/^\d{1,6}$/.test(last)) throw invalid('p_last', 'not a number of events');
  return { last: Math.min(Number(last), maxPastEvents) };
}

/** Reads a whole number that is not negative: `p_gen`, `p_probe`. */
export function readCount(fields: RequestFields, name: string): number | undefined {
  const text = textOf(fields, name);
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw invalid(name, 'not a whole number');
}

/** Reads `p_label`. */
export function readLabel(fields: RequestFields): string | undefined {
  const text = textOf(fields, 'p_label');
  if (text === undefined || (!unwritable.test(text) && isWellFormed(text))) return text;
  throw invalid('p_label', 'not plain text');
}

/** Reads `p_nonce`. */
export function readNonce(fields: RequestFields): string | undefined {
  const text = textOf(fields, 'p_nonce');
  if (text === undefined || nonceShape.test(text)) return text;
  throw invalid('p_nonce', 'not 16 to 64 letters, digits, - or _');
}

/** Reads a message id: `p_msgid`, `p_made`. */
export function readMessageId(fields: RequestFields, name: string): string | undefined {
  const text = textOf(fields, name);
  if (text === undefined || text.length <= longestMessageId) return text;
  throw invalid(name, `longer than ${longestMessageId} characters`);
}

/**
 * Reads what a publish carries: its own fields, and of JSON the member `data` as it is when it stands alone.
 *
 * Shape: names of the protocol never pass from a publisher to a subscriber, whatever they claim. SEC-21.
 */
export function readData({ fields, structured }: RequestInput): JsonValue {
  const members: [string, JsonValue][] = [];
  for (const [name, value] of fields) {
    if (name.startsWith('p_')) continue;
    if (!isFieldName(name)) throw hostileName();
    members.push([name, value]);
  }
  const [only] = members;
  if (structured && members.length === 1 && only?.[0] === 'data') return only[1];
  for (const [name, value] of members) {
    if (name !== 'data' && typeof value === 'object')
      throw invalid('a field', 'structured: use the member data');
  }
  return Object.fromEntries(members);
}

/** Reads `p_commands`: the commands of a batch, each an object of its own fields. */
export function readBatch(fields: RequestFields): RequestInput[] {
  const given = fields.get('p_commands');
  if (!Array.isArray(given) || given.length === 0 || given.length > maxBatch)
    throw invalid('p_commands', `not a list of 1 to ${maxBatch} commands`);
  return given.map((entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw invalid('p_commands', 'not a list of objects');
    return { fields: new Map(Object.entries(entry)), structured: true };
  });
}

function readCursor(fields: RequestFields, name: string): string | undefined {
  const text = textOf(fields, name);
  if (text === undefined || parseCursor(text) !== undefined) return text;
  throw new CometError('invalid-cursor', `${name} is not a cursor`, {});
}

function invalid(field: string, reason: string): CometError {
  return new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
}

function hostileName(): CometError {
  return new CometError('reserved-field', 'a field has a name that cannot be published', {
    field: 'a field',
  });
}
