import { CometError, checkName, checkSubject, type Hub, type JsonValue, type Matching } from '@cometkit/core';
import { nearestName } from '@cometkit/core/check-options';
import type { RequestBody } from '../http.ts';
import { checkJson, isRecord, parseJson } from '../json.ts';
import { decodeUtf8 } from '../utf8.ts';
import type { OutsideEvent } from './options.ts';

/** What the events of one request are checked against. */
export interface EventRules {
  readonly hub: Hub;
  readonly matching: Matching;
  readonly maxBatch: number;
}

const names = ['subject', 'data', 'name', 'to', 'principal'];

/**
 * Reads one event, or a list of them, from a body of JSON. All are checked before the first is published.
 *
 * @throws {CometError} `malformed-request` — the body is no JSON object, nor a list of 1 to `maxBatch` of them.
 * @throws {CometError} `missing-field`, `invalid-field`, `invalid-subject`, `event-too-large` — an event is not valid; of a list, the
 *   message says which one.
 */
export function readEvents(body: RequestBody, rules: EventRules): OutsideEvent[] {
  const value = body.kind === 'text' ? parseJson(body.text) : parsed(body.value);
  if (!Array.isArray(value)) return [eventOf(value, rules, '')];
  if (value.length === 0 || value.length > rules.maxBatch)
    throw malformed(`the list has ${value.length} events, not 1 to ${rules.maxBatch}`);
  return value.map((one, index) => eventOf(one, rules, `event ${index} of the list: `));
}

function parsed(value: unknown): JsonValue {
  if (typeof value === 'string') return parseJson(value);
  return value instanceof Uint8Array ? parseJson(decodeUtf8(value)) : checkJson(value);
}

function eventOf(value: JsonValue, rules: EventRules, where: string): OutsideEvent {
  if (!isRecord(value))
    throw malformed(`${where}not an object such as {"subject": "/news", "data": "hello"}`);
  for (const field of Object.keys(value)) if (!names.includes(field)) throw unknownField(field, where);
  const subject = textOf(value, 'subject', where);
  if (subject === undefined)
    throw new CometError('missing-field', `${where}no subject`, { field: 'subject' });
  const { data } = value as { data?: JsonValue };
  if (data === undefined) throw new CometError('missing-field', `${where}no data`, { field: 'data' });
  const event = {
    subject,
    data,
    name: textOf(value, 'name', where),
    to: textOf(value, 'to', where),
    principal: textOf(value, 'principal', where),
  };
  if (event.to !== undefined && event.principal !== undefined)
    throw invalid('to', `${where}to and principal exclude each other`);
  checkPlace(event, rules, where);
  return event;
}

// Of a list nothing is published when one of it cannot be.
function checkPlace(
  { subject, data, name }: OutsideEvent,
  { hub, matching }: EventRules,
  where: string,
): void {
  try {
    checkSubject(subject, hub.limits, matching);
    if (name !== undefined) checkName(name);
  } catch (error) {
    const { code, reason, details } = CometError.from(error);
    throw new CometError(code, where + reason, details, { cause: error });
  }
  const limit = hub.limits.maxEventBytes;
  if (JSON.stringify(data).length > limit)
    throw new CometError('event-too-large', `${where}the data is larger than ${limit} characters`, { limit });
}

function textOf(value: Record<string, unknown>, field: string, where: string): string | undefined {
  const text = value[field];
  if (text === undefined || (typeof text === 'string' && text !== '')) return text;
  throw invalid(field, `${where}${field} is not a text`);
}

function unknownField(field: string, where: string): CometError {
  const shown = /^[a-z][a-z0-9_]{0,30}$/i.test(field) ? field : 'a field';
  const other = nearestName(field, names);
  return invalid(
    shown,
    `${where}${shown} is not known${other === undefined ? '' : `; did you mean ${other}?`}`,
  );
}

function invalid(field: string, reason: string): CometError {
  return new CometError('invalid-field', reason, { field, reason });
}

function malformed(reason: string): CometError {
  return new CometError('malformed-request', reason, { reason: 'body' });
}
