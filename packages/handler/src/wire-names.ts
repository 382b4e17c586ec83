/** What a client can ask for. */
export type Verb =
  | 'join'
  | 'join-listen'
  | 'listen'
  | 'refresh'
  | 'subscribe'
  | 'unsubscribe'
  | 'publish'
  | 'request'
  | 'renew'
  | 'heartbeat'
  | 'ack'
  | 'leave'
  | 'batch';

/** How events come: over one endless answer, in answers held until there is something, or in answers given at once. */
export type Mode = 'stream' | 'long-poll' | 'poll';

const verbs: ReadonlySet<string> = new Set<Verb>([
  'join',
  'join-listen',
  'listen',
  'refresh',
  'subscribe',
  'unsubscribe',
  'publish',
  'request',
  'renew',
  'heartbeat',
  'ack',
  'leave',
  'batch',
]);
const modes: ReadonlySet<string> = new Set<Mode>(['stream', 'long-poll', 'poll']);

/**
 * Returns the command of a name.
 *
 * @returns undefined if there is none.
 */
export function verbOf(name: string): Verb | undefined {
  return verbs.has(name) ? (name as Verb) : undefined;
}

/**
 * Returns the mode of a name.
 *
 * @returns undefined if there is none.
 */
export function modeOf(name: string): Mode | undefined {
  return modes.has(name) ? (name as Mode) : undefined;
}
