import { lostInJson } from './check-data.ts';
import { CometError } from './errors.ts';
import type { EventDraft, Scope } from './event.ts';
import type { Matching } from './pattern.ts';
import { checkSubject, type SubjectLimits } from './subject.ts';

/** Who receives an event, and who published it. */
export interface Addressing {
  readonly scope: Scope;
  readonly to: string | undefined;
  readonly from: string | undefined;
  readonly name?: string | undefined;
  readonly except?: string | undefined;
  readonly traceparent?: string | undefined;
}

/**
 * Checks what is to be published and makes its JSON text, once for all receivers.
 *
 * @throws {CometError} `invalid-subject`; `invalid-field` — no event can have the name; `invalid-data` — JSON cannot carry the
 *   data; `event-too-large`.
 */
export function draftEvent(
  subject: string,
  data: unknown,
  addressing: Addressing,
  time: number,
  limits: SubjectLimits & { readonly maxEventBytes: number },
  matching?: Matching,
): EventDraft {
  checkSubject(subject, limits, matching);
  if (addressing.name !== undefined) checkName(addressing.name);
  const json = toJson(data);
  if (json.length > limits.maxEventBytes) {
    const limit = limits.maxEventBytes;
    throw new CometError('event-too-large', `the event's data is larger than ${limit} characters`, { limit });
  }
  // Not a spread: that takes 8 % of a publish that nobody matches (bench K).
  const { scope, to, from, name, except, traceparent } = addressing;
  return { subject, json, time, from, scope, to, name, except, traceparent };
}

function toJson(data: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (cause) {
    const lost = /BigInt/.test(String(cause)) ? lostInJson(1n) : 'a cycle or a value that JSON cannot carry';
    throw unfit(`holds ${lost}`, cause);
  }
  const lost = lostIn(data);
  if (lost !== undefined) throw unfit(`holds ${lost}`);
  if (json === undefined) throw unfit('is missing');
  return json;
}

// Inspects only what is not a plain object: this takes half as long as JSON.stringify, a replacer many times as long.
function lostIn(data: unknown): string | undefined {
  if (isFlat(data)) return undefined;
  const pending: unknown[] = [data];
  while (pending.length > 0) {
    const value = written(pending.pop());
    const object = typeof value === 'object' && value !== null;
    const plain = object && (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype);
    const lost = plain ? undefined : lostInJson(value);
    if (lost !== undefined) return lost;
    if (!object) continue;
    for (const member of Object.values(value))
      if (typeof member !== 'string' && typeof member !== 'number') pending.push(member);
  }
  return undefined;
}

// A plain object of texts and numbers, as most events are: there is nothing to gather.
function isFlat(data: unknown): boolean {
  if (typeof data !== 'object' || data === null || Object.getPrototypeOf(data) !== Object.prototype)
    return false;
  for (const name in data) {
    const member = (data as Record<string, unknown>)[name];
    if (typeof member !== 'string' && typeof member !== 'number') return false;
  }
  return !('toJSON' in data);
}

// JSON.stringify writes what `toJSON` returns, and asks no second one.
function written(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { toJSON } = value as { toJSON?: unknown };
  // Binary data is refused though a Buffer has one.
  return typeof toJSON === 'function' && lostInJson(value) === undefined ? toJSON.call(value, '') : value;
}

function unfit(reason: string, cause?: unknown): CometError {
  return new CometError('invalid-data', `the event's data ${reason}`, { reason }, { cause });
}

// What an EventSource fires by itself, and what a stream says of itself.
const takenNames =
  /^(?:open|error|gap|heartbeat|refresh|refused|revoked|superseded|abort|oversize|[a-z-]+-ack)$/;

/**
 * Checks the name of an event.
 *
 * @throws {CometError} `invalid-field` — no event can have it.
 */
export function checkName(name: unknown): void {
  if (typeof name === 'string' && /^[^\p{Cc}\p{Cs}]{1,128}$/u.test(name) && !takenNames.test(name)) return;
  const reason = 'not 1 to 128 characters on one line, or a name that streams use themselves';
  throw new CometError('invalid-field', `the name of the event is ${reason}`, { field: 'name', reason });
}
