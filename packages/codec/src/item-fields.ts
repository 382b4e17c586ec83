import type { CometEvent, Gap, JsonValue } from '@cometkit/core';
import { EncodeError } from './errors.ts';
import { toAsciiJson } from './escape.ts';
import { type Field, isFieldName } from './fields.ts';

/** A field of which name and value are text, as classic formats have it. */
export type TextField = readonly [name: string, value: string];

/**
 * The protocol's fields of a gap.
 *
 * Units: `p_from` and `p_to` are positions, `p_count` is events.
 */
export function gapFields(gap: Gap): Field[] {
  const count: Field[] = gap.count === undefined ? [] : [['p_count', gap.count]];
  return [['p_from', gap.from], ['p_to', gap.to], ['p_reason', gap.reason], ...count, ['p_cur', gap.cursor]];
}

/**
 * The protocol's fields of an event, as far as all sessions get the same; `more` goes in behind the subject.
 *
 * Units: `p_time` in Unix seconds with a fraction.
 */
export function eventFields(event: CometEvent, ...more: Field[]): Field[] {
  const fields: Field[] = [['p_subject', event.subject], ...more, ['p_time', event.time / 1000]];
  if (event.from !== undefined) fields.push(['p_from', event.from]);
  // A principal is not told on the wire: only a session's public id is an address there.
  if (event.scope === 'session' && event.to !== undefined) fields.push(['p_to', event.to]);
  return fields;
}

/** Tells whether a classic format can write a name that a publisher may use. */
export type CarriesName = (name: string) => boolean;

/**
 * Lays an event's data flat for a classic format.
 *
 * Shape: one field per member of a plain object whose names the format carries (text as it is, numbers and booleans in
 * words, the rest as JSON text); anything else is one field `data`, see `packedData`.
 *
 * @throws EncodeError `not-json` — a member is not JSON, which only a hand-made event can have.
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
