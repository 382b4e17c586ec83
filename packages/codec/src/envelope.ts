import type { CometEvent, Item, JsonValue } from '@cometkit/core';
import { DecodeError } from './errors.ts';
import { unicodeEscape } from './escape.ts';
import { type ControlEvent, checkControl, type Field } from './fields.ts';
import { eventFields, gapFields } from './item-fields.ts';

/** An event as it was read from the wire. */
export interface DecodedEvent<Value = string> {
  /** Its type: `p_event` in classic formats. */
  readonly event: string;
  /** All other fields, in wire order: text in classic formats, any JSON value in modern ones. */
  readonly fields: ReadonlyMap<string, Value>;
}

/** Writes an item as the JSON object of the modern formats, on one line. */
export function itemEnvelope(item: Item): string {
  if (item.kind === 'gap') return envelope('gap', gapFields(item));
  const { cursor, name, traceparent } = item;
  const more: Field[] = [['cursor', cursor]];
  if (name !== undefined) more.push(['name', name]);
  if (traceparent !== undefined) more.push(['traceparent', traceparent]);
  const fields = envelope('data', eventFields(item, ...more));
  return `${fields.slice(0, -1)},"data":${dataText(item)}}`;
}

/** The JSON text of an event's data, on one line. */
export function dataText({ json }: CometEvent): string {
  // The core makes this text once. A custom log may put line breaks between tokens, which would end the frame here.
  return lineEnd.test(json) ? json.replace(lineEnds, withoutLineEnd) : json;
}

// JSON allows the last three in its texts, where many readers of lines end one: `readline` of Node from 24 on, `iter_lines` in Python.
const lineEnd = /[\r\n\u0085\u2028\u2029]/;
const lineEnds = new RegExp(lineEnd, 'g');

// The first two stand between tokens, where a blank means the same.
function withoutLineEnd(character: string): string {
  return character < ' ' ? ' ' : unicodeEscape(character);
}

/**
 * Writes a control event as the JSON object of the modern formats, on one line.
 *
 * @throws {EncodeError} as {@link checkControl} does.
 */
export function controlEnvelope(event: ControlEvent): string {
  checkControl(event);
  return envelope(event.event, event.fields);
}

function envelope(event: string, fields: readonly Field[]): string {
  let text = `{"type":${quoted(event)}`;
  for (const [name, value] of fields)
    text += `,"${name}":${typeof value === 'number' ? value : quoted(value)}`;
  return `${text}}`;
}

// What JSON writes as it is: a call of JSON.stringify costs several times such a look.
const plain = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text).replace(lineEnds, unicodeEscape);
}

/**
 * Reads the JSON object of the modern formats: a line of ndjson, the data of an SSE message.
 *
 * @throws {DecodeError} `not-json` — the text is no JSON object; `missing-event` — it has no text `type`.
 */
export function decodeEnvelope(text: string): DecodedEvent<JsonValue> {
  const fields = new Map(Object.entries(parseObject(text)));
  const event = fields.get('type');
  if (typeof event !== 'string' || event === '') throw new DecodeError('missing-event', 0);
  fields.delete('type');
  return { event, fields };
}

function parseObject(text: string): { readonly [name: string]: JsonValue } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new DecodeError('not-json', 0, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new DecodeError('not-json', 0);
  return value as { readonly [name: string]: JsonValue };
}
