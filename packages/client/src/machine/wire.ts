import type { GapReason, JsonValue } from '@cometkit/core';
import type { ClientItem } from '../items.ts';
import { type Cursor, parseCursor } from './cursor.ts';

/** One event as it was decoded: its type and its fields. */
export interface WireEvent {
  readonly event: string;
  readonly fields: ReadonlyMap<string, JsonValue>;
}

/** The fields of a request. */
export type WireFields = Readonly<Record<string, JsonValue | undefined>>;

/** An item with its place in the log. */
export interface Placed {
  readonly item: ClientItem;
  readonly place: Cursor;
  /** What a gap is about, where that is one subject. */
  readonly subject?: string | undefined;
}

/**
 * Reads a field of text.
 *
 * @returns undefined for anything else.
 */
export function textOf({ fields }: WireEvent, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === 'string' ? value : undefined;
}

/**
 * Reads a field that is a number of 0 or more, or decimal text.
 *
 * @returns undefined for anything else.
 */
export function numberOf({ fields }: WireEvent, name: string): number | undefined {
  const number = Number.parseFloat(String(fields.get(name)));
  return number >= 0 && number < 1e16 ? number : undefined;
}

/**
 * Reads an event or a gap.
 *
 * @returns undefined if a required field is missing.
 */
export function itemOf(event: WireEvent): Placed | undefined {
  const { fields } = event;
  const place = parseCursor(fields.get('cursor'));
  if (!place) return undefined;
  const { text: cursor, position } = place;
  if (event.event === 'gap') {
    const reason = (textOf(event, 'reason') ?? 'expired') as GapReason;
    const [from = 0, to = position] = [numberOf(event, 'from'), numberOf(event, 'to')];
    const subject = textOf(event, 'subject');
    return {
      place,
      subject,
      item: { kind: 'gap', from, to, cursor, reason, count: numberOf(event, 'count') },
    };
  }
  const [subject, from, to] = [textOf(event, 'subject'), textOf(event, 'from'), textOf(event, 'to')];
  const data = fields.get('data');
  if (subject === undefined || data === undefined) return undefined;
  const time = numberOf(event, 'time') ?? 0;
  const [name, traceparent] = [textOf(event, 'name'), textOf(event, 'traceparent')];
  const item = { kind: 'data', subject, data, cursor, position, time, from, to } as const;
  return { place, item: { ...item, ...(name && { name }), ...(traceparent && { traceparent }) } };
}
