import type { CometEvent, Gap, JsonValue } from '@cometkit/core';
import { EncodeError } from './errors.ts';
import { toAsciiJson } from './escape.ts';
import { type Field, isFieldName } from './fields.ts';

/** A field of which name and value are text, as classic formats have it. */
export type TextField = readonly [name: string, value: string];

/** The fields of a gap: `from` and `to` are positions, `count` is events. */
export function gapFields(gap: Gap): Field[] {
  const count: Field[] = gap.count === undefined ? [] : [['count', gap.count]];
  return [['from', gap.from], ['to', gap.to], ['reason', gap.reason], ...count, ['cursor', gap.cursor]];
}

/** The fields of an event that are the same for all sessions, `more` behind the subject; `time` in Unix milliseconds. */
export function eventFields(event: CometEvent, ...more: Field[]): Field[] {
  const fields: Field[] = [['subject', event.subject], ...more, ['time', event.time]];
  if (event.from !== undefined) fields.push(['from', event.from]);
  // A principal is not told on the wire: only a session's public id is an address there.
  if (event.scope === 'session' && event.to !== undefined) fields.push(['to', event.to]);
  return fields;
}

/** Returns whether a classic format can write a name that a publisher may use. */
export type CarriesName = (name: string) => boolean;

/**
 * Lays an event's data flat for a classic format.
 *
 * Shape: one field per member of a plain object whose names the format carries (text as it is, numbers and booleans in
 * words, the rest as JSON text); anything else is one field `data`, see `packedData`.
 *
 * @throws {EncodeError} `not-json` — a member is not JSON, which only a hand-made event can have.
 */
export function flatData(event: CometEvent, carries: CarriesName): TextField[] {
  const { data } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return [packedData(event)];
  const members = Object.entries(data);
  if (!members.every(([name]) => isFieldName(name) && carries(name))) return [packedData(event)];
  return members.map(([name, value]) => [name, textOfMember(name, value)] as const);
}

/** The one field that carries any data in any classic format: its JSON text in ASCII. */
export function packedData(event: CometEvent): TextField {
  return ['data', toAsciiJson(event.json)];
}

function textOfMember(field: string, value: JsonValue): string {
  if (typeof value === 'string') return value;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new EncodeError('not-json', { field });
  return text;
}
