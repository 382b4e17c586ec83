import type { Format } from '@cometkit/codec';
import { CometError } from '@cometkit/core';
import { nearestName } from '@cometkit/core/check-options';
import type { RequestFields } from './request-fields.ts';

// Every field of the protocol that a client has a use for. A new one is read in `command.ts` and gets its name here.
const named = [
  ...['p_event', 'p_id', 'p_key', 'p_format', 'p_mode', 'p_subject', 'p_label', 'p_sid', 'p_to'],
  ...[
    'p_ack',
    'p_nonce',
    'p_msgid',
    'p_made',
    'p_since',
    'p_last',
    'p_latest',
    'p_gen',
    'p_probe',
    'p_hb',
    'p_commands',
  ],
];
const known: ReadonlySet<string> = new Set([
  ...named,
  // Of connections and datagrams; and what answers carry, which programs send back as they got it.
  ...['p_req', 'p_seq', 'p_token', 'p_pad', 'p_ver', 'p_time', 'p_cur', 'p_from', 'p_url', 'p_wait'],
]);
const shown = /^p_[a-z0-9_]{1,30}$/i;

/**
 * Checks that a command of a modern format names no field in vain: with `p_subjct` a client would hear nothing and never learn
 * why. In the classic formats such fields say nothing, as in the original.
 *
 * @throws CometError `invalid-field` — a name starts with `p_` and is none of the protocol's.
 */
export function checkFieldNames(fields: RequestFields, format: Format): void {
  if (format.classic) return;
  for (const name of fields.keys()) {
    if (!name.startsWith('p_') || known.has(name)) continue;
    const meant = nearestName(name, named);
    const reason = `not known${meant === undefined ? '' : `; did you mean ${meant}?`}`;
    const field = shown.test(name) ? name : 'a field';
    throw new CometError('invalid-field', `${field} is ${reason}`, { field, reason });
  }
}
