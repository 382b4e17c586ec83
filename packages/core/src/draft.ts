import { CometError } from './errors.ts';
import type { EventDraft, Scope } from './event.ts';
import type { JsonValue } from './json.ts';
import type { Matching } from './pattern.ts';
import { checkSubject, type SubjectLimits } from './subject.ts';

/** Whom a published event is for, and who published it. */
export interface Addressing {
  readonly scope: Scope;
  readonly to: string | undefined;
  readonly from: string | undefined;
}

/**
 * Checks what is to be published and makes its JSON text, once for all receivers.
 *
 * @throws CometError `invalid-subject`; `invalid-data` — JSON cannot carry the data; `event-too-large`.
 */
export function draftEvent(
  subject: string,
  data: JsonValue,
  addressing: Addressing,
  time: number,
  limits: SubjectLimits & { readonly maxEventBytes: number },
  matching?: Matching,
): EventDraft {
  checkSubject(subject, limits, matching);
  const json = toJson(data);
  if (json.length > limits.maxEventBytes) {
    const limit = limits.maxEventBytes;
    throw new CometError('event-too-large', `the event's data is larger than ${limit} characters`, { limit });
  }
  return { subject, json, time, ...addressing };
}

const emptied = /^\[object (?:Weak)?(?:Map|Set|Promise|Error|RegExp|Generator)\]$/;

function refuseEmptied(_name: string, value: unknown): unknown {
  if (emptied.test(Object.prototype.toString.call(value)) && JSON.stringify(value) === '{}')
    throw new TypeError('JSON carries nothing of a Map, Set, Promise, Error or RegExp');
  return value;
}

function toJson(data: JsonValue): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
    // What has become nothing at all: a Map, or a promise that was not awaited.
    if (json?.includes('{}') === true) JSON.stringify(data, refuseEmptied);
  } catch (cause) {
    const reason = 'holds a cycle or a value that JSON cannot carry';
    throw new CometError('invalid-data', `the event's data ${reason}`, { reason }, { cause });
  }
  if (json !== undefined) return json;
  throw new CometError('invalid-data', "the event's data is missing", { reason: 'is missing' });
}
