import type { JsonValue } from '@cometkit/core';
import { parseCursor } from '../machine/cursor.ts';
import type { WireEvent } from '../machine/wire.ts';

// The fields of an event stand before its data. Of them only the subject has a length of its own (UTF-16 units).
const headChars = 4096;

/**
 * Reads the beginning of an event that is longer than the client takes in.
 *
 * @param text - the JSON object of the modern formats, or no more than its beginning.
 * @returns the gap that stands in its place; undefined when it is no event.
 */
export function decodeOversized(text: string): WireEvent | undefined {
  const [head, data] = text.slice(0, headChars).split(',"data":');
  if (data === undefined) return undefined;
  try {
    return oversizedGap(new Map(Object.entries(JSON.parse(`${head}}`) as Record<string, JsonValue>)));
  } catch {
    return undefined;
  }
}

/**
 * Makes the gap that stands in the place of an event that is longer than the client takes in.
 *
 * @param fields - those of the event, its type among them.
 * @returns undefined when it is no event.
 */
export function oversizedGap(fields: ReadonlyMap<string, JsonValue>): WireEvent | undefined {
  const text = fields.get('cursor');
  const place = parseCursor(text);
  if (!place || text === undefined || fields.get('type') !== 'data') return undefined;
  const { position } = place;
  const gap = { from: position, to: position, reason: 'too-large', count: 1, cursor: text };
  return {
    event: 'gap',
    fields: new Map<string, JsonValue>(Object.entries(gap)).set('subject', fields.get('subject') ?? ''),
  };
}
