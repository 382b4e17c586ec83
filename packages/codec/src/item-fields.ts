import type { CometEvent, Gap, JsonValue } from '@cometkit/core';
import { EncodeError } from './errors.ts';
import { toAsciiJson } from './escape.ts';
import { type Field, isFieldName } from './fields.ts';

/** A field whose value is text, as in classic formats. */
export type TextField = readonly [name: string, value: string];

/** Returns the fields of a gap. `from` and `to` are positions, `count` is a number of events. */
export function gapFields(gap: Gap): Field[] {
  const count: Field[] = gap.count === undefined ? [] : [['count', gap.count]];
  return [['from', gap.from], ['to', gap.to], ['reason', gap.reason], ...count, ['cursor', gap.cursor]];
}

/** Returns the fields of an event that all sessions share, with `more` after the subject. `time` is in Unix milliseconds. */
export function eventFields(event: CometEvent, ...more: Field[]): Field[] {
  const fields: Field[] = [['subject', event.subject], ...more, ['time', event.time]];
  if (event.from !== undefined) fields.push(['from', event.from]);
  // A principal is never sent to clients: on the wire only a session's public id is an address.
  if (event.scope === 'session' && event.to !== undefined) fields.push(['to', event.to]);
  return fields;
}

/** Returns whether a classic format can write a name that a publisher used. */
export type CarriesName = (name: string) => boolean;

/**
 * Flattens an event's data for a classic format.
 *
 * @returns one field per member of a plain object whose names the format can carry: text as it is, anything else as JSON text.
 *   Other data is one field `data`, see {@link packedData}.
 * @throws {EncodeError} `not-json` — a member is not JSON, which only a hand-made event can have.
 */
export function flatData(event: CometEvent, carries: CarriesName): TextField[] {
  const { data } = event;
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return [packedData(event)];
  const members = Object.entries(data);
  if (!members.every(([name]) => isFieldName(name) && carries(name))) return [packedData(event)];
  return members.map(([name, value]) => [name, textOfMember(name, value)] as const);
}

/** Returns the one field that carries any data in any classic format: its JSON text in ASCII. */
export function packedData(event: CometEvent): TextField {
  return ['data', toAsciiJson(event.json)];
}

function textOfMember(field: string, value: JsonValue): string {
  if (typeof value === 'string') return value;
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new EncodeError('not-json', { field });
  return text;
}
