import { CometError } from '@cometkit/core';
import { isMisspelling, nearestName } from '@cometkit/core/check-options';
import type { RawRequest } from '../../request-fields.ts';

// Every field that a client may send. A new one is read in `command.ts` and gets its name here.
const names = [
  ...['type', 'session', 'key', 'subject', 'data', 'label', 'subscription', 'to', 'format', 'events', 'mode'],
  ...['ack', 'generation', 'nonce', 'messageId', 'madeBy', 'since', 'last', 'latest', 'probe', 'heartbeats'],
  'commands',
];
const known: ReadonlySet<string> = new Set([
  ...names,
  // Fields of datagrams, and fields of server messages, which programs may send back unchanged.
  ...['requestId', 'token', 'padding', 'seq', 'version', 'time', 'cursor', 'from', 'url', 'waitMs'],
]);
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
 * @throws {CometError} `invalid-field` — a name is not known.
 */
export function checkNames({ fields, source }: RawRequest): void {
  for (const name of fields.keys()) {
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
  const other = names.find((candidate) => isMisspelling(name, candidate));
  return other ?? (fields.has('subject') || fields.has('session') ? undefined : meant.get(name));
}
