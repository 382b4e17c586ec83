import { CometError, type HistoryQuery, isWellFormed, parseCursor } from '@cometkit/core';
import type { RequestInput } from './dialects/dialect.ts';
import { type RawRequest, textOf } from './request-fields.ts';
import { type Mode, modeOf } from './wire-names.ts';

// Characters that some formats cannot encode and no label needs.
const unwritable = /[\p{Cc}\ufffe\uffff]/u;
const nonceShape = /^[A-Za-z0-9_-]{16,64}$/;
const longestMessageId = 64;
// As many as the message ids that a session keeps, so that all commands of a repeated batch are recognized.
const maxBatch = 512;

/** The largest number of past events in one answer. */
export const maxPastEvents = 1000;

/** Reads how a client wants to listen. */
export function readMode(input: RequestInput): Mode | undefined {
  const text = textOf(input, 'mode');
  const mode = text === undefined ? undefined : modeOf(text);
  if (text === undefined || mode !== undefined) return mode;
  const { name, nameOf } = input.dialect;
  const held = name === 'modern' ? 'long-poll' : 'pull';
  throw new CometError('unknown-mode', `${nameOf('mode')} is none of stream, ${held} and poll`, {});
}

/** Reads which past events a subscription wants: `since`, `last` or `latest`. */
export function readHistory(input: RequestInput): HistoryQuery | undefined {
  const since = readCursor(input, 'since');
  const last = textOf(input, 'last');
  const latest = readFlag(input, 'latest');
  if (since === undefined && last === undefined && textOf(input, 'latest') === undefined) return undefined;
  const [one = 'since', other] = ['since', 'last', 'latest'].filter(
    (name) => textOf(input, name) !== undefined,
  );
  if (other !== undefined) throw invalid(input, one, `given together with ${input.dialect.nameOf(other)}`);
  if (since !== undefined) return { since };
  if (latest) return { latest: true };
  if (last === undefined) return undefined;
  if (!/^\d{1,6}$/.test(last)) throw invalid(input, 'last', 'not a number of events');
  return { last: Math.min(Number(last), maxPastEvents) };
}

/** Reads what is `true` or `false`. @returns false when it is left out. */
export function readFlag(input: RequestInput, name: string): boolean {
  const text = textOf(input, name);
  if (text !== undefined && text !== 'true' && text !== 'false')
    throw invalid(input, name, 'neither true nor false');
  return text === 'true';
}

/**
 * Reads the session that a publish is for.
 *
 * @returns undefined for all subscribers.
 * @throws {CometError} `invalid-field` — the name of a session is missing: what is for one must not reach all.
 */
export function readRecipient(input: RequestInput): string | undefined {
  const text = textOf(input, 'to');
  if (text === undefined && input.fields.has('to')) throw invalid(input, 'to', 'empty');
  return text;
}

/** Reads the promise to answer heartbeats. */
export function readHeartbeats(input: RequestInput): boolean {
  const text = textOf(input, 'heartbeats');
  if (text !== undefined && text !== 'answer') throw invalid(input, 'heartbeats', 'not "answer"');
  return text !== undefined;
}

/** Reads a whole number that is not negative. */
export function readCount(input: RequestInput, name: string): number | undefined {
  const text = textOf(input, name);
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw invalid(input, name, 'not a whole number');
}

/** Reads `label`. */
export function readLabel(input: RequestInput): string | undefined {
  const text = textOf(input, 'label');
  if (text === undefined || (!unwritable.test(text) && isWellFormed(text))) return text;
  throw invalid(input, 'label', 'not plain text');
}

/** Reads `nonce`. */
export function readNonce(input: RequestInput): string | undefined {
  const text = textOf(input, 'nonce');
  if (text === undefined || nonceShape.test(text)) return text;
  throw invalid(input, 'nonce', 'not 16 to 64 letters, digits, - or _');
}

/** Reads the id of a message. */
export function readMessageId(input: RequestInput, name: string): string | undefined {
  const text = textOf(input, name);
  if (text === undefined || text.length <= longestMessageId) return text;
  throw invalid(input, name, `longer than ${longestMessageId} characters`);
}

/** Reads the commands of a batch, each an object of its own fields. */
export function readBatch(input: RequestInput): RawRequest[] {
  const given = input.fields.get('commands');
  if (!Array.isArray(given) || given.length === 0 || given.length > maxBatch)
    throw invalid(input, 'commands', `not a list of 1 to ${maxBatch} commands`);
  return given.map((entry) => {
    if (typeof entry !== 'object' || entry === null || Array.isArray(entry))
      throw invalid(input, 'commands', 'not a list of objects');
    return { fields: new Map(Object.entries(entry)), structured: true, source: 'body' };
  });
}

/** Reads the text of a cursor. */
export function readCursor(input: RequestInput, name: string): string | undefined {
  const text = textOf(input, name);
  if (text === undefined || parseCursor(text) !== undefined) return text;
  throw new CometError('invalid-cursor', `${input.dialect.nameOf(name)} is not a cursor`, {});
}

function invalid({ dialect }: RequestInput, name: string, reason: string): CometError {
  const field = dialect.nameOf(name);
  return new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
}
