import { DecodeError, parseElement } from '@cometkit/codec';
import { CometError, type JsonValue } from '@cometkit/core';
import type { RequestBody } from './http.ts';
import { checkJson, isRecord, parseJson } from './json.ts';
import { type FieldLimits, parseFields } from './query.ts';
import type { RawRequest } from './request-fields.ts';
import { cutFrom, decodeUtf8 } from './utf8.ts';

/** What reading a body needs to know beside it. */
export interface BodyRules extends FieldLimits {
  readonly maxBodyBytes: number;
  /** Keeps line breaks and tabs in the values of an XML element, which a parser of XML makes blanks of. */
  readonly keepBreaks?: boolean;
}

const longestName = 64;

/**
 * Reads the fields of a POST body: one element, one JSON object, or a form, chosen by the first character.
 *
 * @remarks
 * The content type only chooses the dialect of an element, because Pushlet clients send none or a wrong one.
 *
 * @throws {CometError} `malformed-request` — the body cannot be parsed.
 * @throws {CometError} `invalid-field` — a name or value is not allowed.
 * @throws {CometError} `body-too-large` — the body exceeds the limit.
 */
export function readFields(body: RequestBody, contentType: string, rules: BodyRules): RawRequest {
  if (body.kind === 'text') return fromText(body.text, contentType, rules);
  const { value } = body;
  if (typeof value === 'string') return fromText(value, contentType, rules);
  if (value instanceof Uint8Array) return fromText(decodeUtf8(value), contentType, rules);
  if (!isRecord(value)) throw malformed('the body is no object');
  return contentType.includes('x-www-form-urlencoded')
    ? fromForm(value, contentType, rules)
    : fromObject(value, rules);
}

function fromText(text: string, contentType: string, rules: BodyRules): RawRequest {
  // A parser in front of us may have had another limit.
  if (text.length > rules.maxBodyBytes) {
    throw new CometError('body-too-large', `the body is larger than ${rules.maxBodyBytes} bytes`, {
      limit: rules.maxBodyBytes,
    });
  }
  const trimmed = text.trimStart();
  if (trimmed.startsWith('<'))
    return { fields: fromElement(trimmed, contentType, rules), structured: false, source: 'element' };
  if (trimmed.startsWith('[')) throw malformed('the body is no object');
  if (!trimmed.startsWith('{'))
    return { fields: parseFields(text.trim(), 'text', rules), structured: false, source: 'body' };
  return fromObject(parseJson(trimmed) as Record<string, unknown>, rules);
}

function fromElement(text: string, contentType: string, rules: BodyRules): Map<string, string> {
  const dialect = contentType.includes('xml') ? 'xml' : 'pushlet';
  try {
    const fields = parseElement(text.trimEnd(), {
      dialect,
      maxAttributes: rules.maxFields,
      keepBreaks: rules.keepBreaks ?? false,
    });
    for (const [name, value] of fields) {
      checkLength(value, rules);
      fields.set(name, cutFrom(text, value));
    }
    return fields;
  } catch (error) {
    if (error instanceof DecodeError) throw malformed('the body is not one element', error);
    throw error;
  }
}

function fromObject(object: Record<string, unknown>, rules: BodyRules): RawRequest {
  const members = Object.entries(checkJson(object) as Record<string, JsonValue>);
  if (members.length > rules.maxFields)
    throw malformed(`the request has more than ${rules.maxFields} fields`);
  for (const [name, value] of members) {
    if (name.length > longestName) throw tooLong('longer than 64 characters');
    if (name !== 'data' && typeof value === 'string') checkLength(value, rules);
  }
  return { fields: new Map(members), structured: true, source: 'body' };
}

// What express.urlencoded has made of the body: a form, or an element that it cut into pieces at = and &.
function fromForm(form: Record<string, unknown>, contentType: string, rules: BodyRules): RawRequest {
  const pairs = Object.entries(form).map(([name, value]) => [name, firstOf(value)] as const);
  if (pairs[0]?.[0].trimStart().startsWith('<')) {
    return fromText(
      pairs.map(([name, value]) => (value === '' ? name : `${name}=${value}`)).join('&'),
      contentType,
      rules,
    );
  }
  return { ...fromObject(Object.fromEntries(pairs), rules), structured: false };
}

function firstOf(value: unknown): string {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === 'string') return first;
  throw malformed('a field of the form is not text');
}

function checkLength(value: string, rules: FieldLimits): void {
  if (value.length > rules.maxFieldLength) throw tooLong(`longer than ${rules.maxFieldLength} characters`);
}

function tooLong(reason: string): CometError {
  return new CometError('invalid-field', `a field is ${reason}`, { field: 'a field', reason });
}

function malformed(reason: string, cause?: unknown): CometError {
  return new CometError('malformed-request', reason, { reason }, { cause });
}
