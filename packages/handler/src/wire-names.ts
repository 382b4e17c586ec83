/** What a client can ask for. */
export type Verb =
  | 'join'
  | 'join-listen'
  | 'listen'
  | 'refresh'
  | 'subscribe'
  | 'unsubscribe'
  | 'publish'
  | 'hb'
  | 'ack'
  | 'leave'
  | 'batch';

/** How events come: over one endless answer, in answers held until there is something, or in answers given at once. */
export type Mode = 'stream' | 'pull' | 'poll';

// Maps, since a stranger chooses the key. SEC-42.
const verbs: ReadonlyMap<string, Verb> = new Map<string, Verb>([
  ['join', 'join'],
  ['join-listen', 'join-listen'],
  ['listen', 'listen'],
  ['refresh', 'refresh'],
  ['subscribe', 'subscribe'],
  ['unsubscribe', 'unsubscribe'],
  ['publish', 'publish'],
  ['hb', 'hb'],
  ['heartbeat', 'hb'],
  ['ack', 'ack'],
  ['leave', 'leave'],
  ['batch', 'batch'],
]);
const modes: ReadonlyMap<string, Mode> = new Map<string, Mode>([
  ['stream', 'stream'],
  ['pull', 'pull'],
  ['poll', 'poll'],
]);

/** The command that a `p_event` names. */
export function verbOf(name: string): Verb | undefined {
  return verbs.get(name);
}

/** The mode that a `p_mode` names. */
export function modeOf(name: string): Mode | undefined {
  return modes.get(name);
}
