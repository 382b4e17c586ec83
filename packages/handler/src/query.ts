import { CometError } from '@cometkit/core';
import { cutFrom, decodeUtf8, encodeUtf8 } from './utf8.ts';

/** Limits of one flat list of fields: the number of fields, and the characters of a raw value. */
export interface FieldLimits {
  readonly maxFields: number;
  readonly maxFieldLength: number;
}

/** What a character above U+007F stands for: one byte of a request line, or itself in text that is already decoded. */
export type Charset = 'bytes' | 'text';

const maxNameLength = 64;
const plain = /^[^%+\u0080-\uffff]*$/;
const percent = 0x25;
const plus = 0x2b;
const blank = 0x20;

/**
 * Parses `name=value&…`, the syntax of queries and form bodies.
 *
 * @remarks
 * The first of repeated names wins; `+` is a space; a broken percent escape stays as it is; bytes that are not UTF-8
 * become U+FFFD; empty names are dropped. There is no nesting: `a[b]` is a name like any other.
 *
 * @throws {CometError} `malformed-request` — there are too many fields.
 * @throws {CometError} `invalid-field` — a name or value is too long.
 */
export function parseFields(text: string, charset: Charset, limits: FieldLimits): Map<string, string> {
  const fields = new Map<string, string>();
  let pairs = 0;
  for (let start = 0; start < text.length; ) {
    const ampersand = text.indexOf('&', start);
    const end = ampersand < 0 ? text.length : ampersand;
    if (end > start) {
      pairs += 1;
      if (pairs > limits.maxFields) throw tooMany(limits.maxFields);
      addPair(fields, cutFrom(text, text.slice(start, end)), charset, limits);
    }
    start = end + 1;
  }
  return fields;
}

function addPair(
  fields: Map<string, string>,
  pair: string,
  charset: Charset,
  { maxFieldLength }: FieldLimits,
): void {
  const equals = pair.indexOf('=');
  const name = decode(equals < 0 ? pair : pair.slice(0, equals), charset);
  if (name === '' || fields.has(name)) return;
  if (name.length > maxNameLength) throw tooLong('a name', 'longer than 64 characters');
  const value = equals < 0 ? '' : decode(pair.slice(equals + 1), charset);
  if (value.length > maxFieldLength) throw tooLong(name, `longer than ${maxFieldLength} characters`);
  fields.set(name, value);
}

function decode(text: string, charset: Charset): string {
  return plain.test(text) ? text : decodeUtf8(toBytes(text, charset));
}

function toBytes(text: string, charset: Charset): Uint8Array {
  // A request line holds one byte per character; only text from elsewhere has characters that need more than one.
  const source = charset === 'text' || !isLatin1(text) ? encodeUtf8(text) : latin1Bytes(text);
  const bytes = new Uint8Array(source.length);
  let length = 0;
  for (let index = 0; index < source.length; index += 1) {
    const byte = source[index] as number;
    const escaped = byte === percent ? hexByte(source[index + 1], source[index + 2]) : undefined;
    if (escaped !== undefined) index += 2;
    bytes[length] = escaped ?? (byte === plus ? blank : byte);
    length += 1;
  }
  return bytes.subarray(0, length);
}

function isLatin1(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0xff) return false;
  return true;
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
  return bytes;
}

function hexByte(high: number | undefined, low: number | undefined): number | undefined {
  const upper = hexDigit(high);
  const lower = hexDigit(low);
  return upper === undefined || lower === undefined ? undefined : upper * 16 + lower;
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : undefined;
}

function tooMany(limit: number): CometError {
  return new CometError('malformed-request', `the request has more than ${limit} fields`, {
    reason: 'fields',
    option: 'maxFields',
    limit,
  });
}

function tooLong(field: string, reason: string): CometError {
  const shown = /^[a-z_]{1,64}$/.test(field) ? field : 'a field';
  return new CometError('invalid-field', `${shown} is ${reason}`, { field: shown, reason });
}
