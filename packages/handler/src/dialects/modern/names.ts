import { CometError } from '@cometkit/core';
import { isMisspelling, nearestName } from '@cometkit/core/check-options';
import type { RawRequest } from '../../request-fields.ts';

// Every field that a client may send. A new one is read in `command.ts` and gets its name here.
const names = [
  ...['type', 'session', 'key', 'subject', 'data', 'label', 'subscription', 'to', 'format', 'events', 'mode'],
  ...['ack', 'generation', 'nonce', 'messageId', 'madeBy', 'since', 'last', 'latest', 'probe', 'heartbeats'],
  ...['commands', 'conflate'],
];
const known: ReadonlySet<string> = new Set([
  ...names,
  // What only a hook reads; fields of datagrams; and fields of server messages, which programs may send back unchanged.
  ...['ticket', 'requestId', 'token', 'padding', 'seq', 'version', 'time', 'cursor', 'from', 'url', 'waitMs'],
]);
// Null is a value of `data`; `to` has an error of its own.
const typed: ReadonlySet<string> = new Set(names.filter((name) => name !== 'data' && name !== 'to'));
// Short names such as `to` occur in many words.
const suggested = names.filter((name) => name.length > 2);
// The names that other libraries use.
const meant: ReadonlyMap<string, string> = new Map([
  ['topic', 'subject'],
  ['topics', 'subject'],
  ['subjects', 'subject'],
  ['channel', 'subject'],
  ['channels', 'subject'],
  ['event', 'type'],
  ['command', 'type'],
  ['id', 'session'],
  ['lastEventId', 'since'],
]);
const shown = /^[a-z][a-z0-9_]{0,30}$/i;

/**
 * Checks that every field is known: with `subjct` a client would get no events and never know why. In a query only
 * likely mistakes are refused, because an application may have parameters of its own there.
 *
 * @throws {CometError} `invalid-field` — a name is not known, or the value of one that is known is null.
 */
export function checkNames({ fields, source }: RawRequest): void {
  for (const [name, value] of fields) {
    if (value === null && typed.has(name))
      throw new CometError('invalid-field', `${name} is null`, { field: name, reason: 'null' });
    if (known.has(name)) continue;
    const other =
      source === 'query' ? mistaken(name, fields) : (meant.get(name) ?? nearestName(name, suggested));
    if (source === 'query' && other === undefined) continue;
    const reason = `not known${other === undefined ? '' : `; did you mean ${other}?`}`;
    const field = shown.test(name) ? name : 'a field';
    throw new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
  }
}

function mistaken(name: string, fields: RawRequest['fields']): string | undefined {
  const other = names.find((candidate) => isSlip(name, candidate));
  return other ?? (fields.has('subject') || fields.has('session') ? undefined : meant.get(name));
}

// Applications have names such as `object`, `mission` and `lat`: two wrong letters count only behind the same first one, and
// of a short name only what is no word any more.
function isSlip(name: string, other: string): boolean {
  const given = name.toLowerCase();
  if (isMisspelling(given, other)) return given[0] === other[0] || missesStart(given, other);
  return other.length > 2 && (single(given) === single(other) || given === withoutVowels(other));
}

function single(word: string): string {
  return word.replace(/(.)\1+/g, '$1');
}

function withoutVowels(word: string): string | undefined {
  const [first = '', ...rest] = word;
  return word.length === 4 ? first + rest.join('').replace(/[aeiouy]/, '') : undefined;
}

function missesStart(given: string, other: string): boolean {
  const swapped = given[0] === other[1] && given[1] === other[0];
  return swapped || given === other.slice(1) || given.slice(1) === other;
}
