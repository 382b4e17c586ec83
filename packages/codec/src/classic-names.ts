import type { Field } from './fields.ts';

/**
 * Maps CometKit's names of message fields to those of the original protocol.
 *
 * Only the classic formats and the classic dialect of the handler use it.
 */
export const classicFieldNames: Readonly<Record<string, string>> = {
  type: 'p_event',
  session: 'p_id',
  key: 'p_key',
  format: 'p_format',
  mode: 'p_mode',
  subject: 'p_subject',
  label: 'p_label',
  subscription: 'p_sid',
  time: 'p_time',
  cursor: 'p_cur',
  ack: 'p_ack',
  generation: 'p_gen',
  from: 'p_from',
  to: 'p_to',
  messageId: 'p_msgid',
  madeBy: 'p_made',
  heartbeats: 'p_hb',
  version: 'p_ver',
  waitMs: 'p_wait',
  url: 'p_url',
  idleMs: 'p_idle',
  window: 'p_window',
  windowChars: 'p_size',
  past: 'p_past',
  gap: 'p_gap',
  probe: 'p_probe',
  revoked: 'p_revoked',
  reason: 'p_reason',
  code: 'p_code',
  count: 'p_count',
  bytes: 'p_bytes',
  retryMs: 'p_retry',
  nonce: 'p_nonce',
  since: 'p_since',
  last: 'p_last',
  latest: 'p_latest',
  commands: 'p_commands',
  seq: 'p_seq',
};

const types: ReadonlyMap<string, string> = /* @__PURE__ */ new Map([
  ['heartbeat', 'hb'],
  ['heartbeat-ack', 'hb-ack'],
  ['refused', 'nack'],
]);

/** Returns the name of a field in the original protocol; a name that is not in the table stays the same. */
export function classicFieldName(name: string): string {
  return Object.hasOwn(classicFieldNames, name) ? (classicFieldNames[name] as string) : name;
}

/** Returns the value of `p_event` for a type of message. */
export function classicType(type: string): string {
  return types.get(type) ?? type;
}

/** Writes a field's value as the original protocol does, with time in whole seconds. */
export function classicText([name, value]: Field): string {
  if (name === 'mode') return value === 'long-poll' ? 'pull' : String(value);
  return String(name === 'time' && typeof value === 'number' ? Math.floor(value / 1000) : value);
}
