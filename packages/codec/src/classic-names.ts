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

const types: Readonly<Record<string, string>> = {
  heartbeat: 'hb',
  'heartbeat-ack': 'hb-ack',
  refused: 'nack',
};

const modernNames: ReadonlyMap<string, string> = /* @__PURE__ */ turned(classicFieldNames);
const modernTypes: ReadonlyMap<string, string> = /* @__PURE__ */ turned(types);

function turned(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table).map(([modern, classic]) => [classic, modern]));
}

/** Returns the name of a field in the original protocol; a name that is not in the table stays the same. */
export function classicFieldName(name: string): string {
  return Object.hasOwn(classicFieldNames, name) ? (classicFieldNames[name] as string) : name;
}

/** Returns CometKit's name of a field of the original protocol. @returns undefined for a name that is not in the table */
export function modernFieldName(classic: string): string | undefined {
  return modernNames.get(classic);
}

/** Returns the value of `p_event` for a type of message. */
export function classicType(type: string): string {
  return Object.hasOwn(types, type) ? (types[type] as string) : type;
}

/** Returns the type of message for a value of `p_event`. */
export function modernType(classic: string): string {
  return modernTypes.get(classic) ?? classic;
}

/** Writes the fields of a request as the original protocol does: its names, and its words for types and modes. */
export function classicFields<Value>(
  fields: Readonly<Record<string, Value>>,
): Readonly<Record<string, Value | string>> {
  const renamed = Object.entries(fields).map(([name, value]) => [
    classicFieldName(name),
    classicWord(name, value),
  ]);
  return Object.fromEntries(renamed);
}

function classicWord<Value>(name: string, value: Value): Value | string {
  if (name === 'type' && typeof value === 'string') return classicType(value);
  return name === 'mode' && value === 'long-poll' ? 'pull' : value;
}

/** Writes a field's value as the original protocol does, with time in whole seconds. */
export function classicText([name, value]: Field): string {
  if (name === 'time' && typeof value === 'number') return String(Math.floor(value / 1000));
  return String(classicWord(name, value));
}
