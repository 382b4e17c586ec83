// The names of the original protocol for fields, where they are more than `p_` and the name.
const names: Readonly<Record<string, string>> = {
  type: 'p_event',
  session: 'p_id',
  subscription: 'p_sid',
  cursor: 'p_cur',
  generation: 'p_gen',
  heartbeats: 'p_hb',
  waitMs: 'p_wait',
  idleMs: 'p_idle',
  windowChars: 'p_size',
  retryMs: 'p_retry',
  version: 'p_ver',
  messageId: 'p_msgid',
  madeBy: 'p_made',
};
const types: Readonly<Record<string, string>> = {
  heartbeat: 'hb',
  'heartbeat-ack': 'hb-ack',
  refused: 'nack',
};

/** What the original protocol calls a field. */
export function classicName(name: string): string {
  return names[name] ?? `p_${name}`;
}

/** What a field of the original protocol is called everywhere else. */
export function modernName(classic: string): string {
  return keyOf(names, classic) ?? classic.replace(/^p_/, '');
}

/** What the original protocol calls a type of message. */
export function classicType(type: string): string {
  return types[type] ?? type;
}

/** What a type of message of the original protocol is called everywhere else. */
export function modernType(classic: string): string {
  return keyOf(types, classic) ?? classic;
}

function keyOf(table: Readonly<Record<string, string>>, value: string): string | undefined {
  return Object.keys(table).find((key) => table[key] === value);
}
