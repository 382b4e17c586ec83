import type { JsonValue } from '@cometkit/core';
import type { Entry, State } from './state.ts';
import { fieldsOf, type Task } from './tasks.ts';
import type { WireFields } from './wire.ts';

// Three quarters of what a server takes in one body (UTF-16 units).
const maxChars = 49_152;
// The same of messages, whose text may take three bytes for each, and of what one message of a socket may be.
const maxMessageChars = 16_384;

/**
 * Chooses what the next control request asks for: first what must be there before the session listens, then the ends of
 * subscriptions, then the order of the application. Messages that wait travel together; what was sent before goes again by itself, for
 * only of that it is not known whether it was accepted.
 *
 * @returns no entry when nothing waits.
 */
export function nextEntries(state: State): Entry[] {
  const { tasks, ends, ghosts, batch } = state;
  const waiting = [...tasks.values()].filter(({ status }) => status !== 'live');
  // A subscription that is made anew waits for the end of its old self; before the first listen nothing may wait.
  const lost = waiting.filter(({ status }) => status === 'lost');
  if (lost.length > 0) return bounded(lost.map(entryOf), batch, maxChars);
  const firstMessage = waiting.findIndex(({ matcher }) => !matcher);
  const subscriptions = firstMessage < 0 ? waiting : waiting.slice(0, firstMessage);
  const entries = [
    ...[...ends].map((sid) => ({ task: undefined, sid, items: 0 })),
    ...[...ghosts].map((ghost) => ({ task: undefined, sid: undefined, ghost, items: 0 })),
    ...subscriptions.map(entryOf),
  ];
  if (entries.length > 0) return bounded(entries, batch, maxChars);
  const again = (waiting[0]?.sent ?? 0) > 0;
  const end = waiting.findIndex(({ matcher, sent }) => matcher || sent > 0 !== again);
  return bounded(
    waiting.slice(0, end < 0 ? undefined : end).map(entryOf),
    state.alone ? 1 : batch,
    maxMessageChars,
  );
}

/** The fields of a request for some entries: of the command itself, or of a batch of several. */
export function fieldsOfAll({ clientId }: State, entries: readonly Entry[]): WireFields {
  const commands = entries.map(({ task, sid, ghost }) =>
    task
      ? fieldsOf(task, clientId)
      : {
          type: 'unsubscribe',
          subscription: sid,
          madeBy: ghost === undefined ? undefined : `${clientId}-${ghost}`,
        },
  );
  const [only = {}] = commands;
  // What is undefined is left out of JSON.
  return entries.length === 1 ? only : { type: 'batch', commands: commands as JsonValue };
}

function entryOf(task: Task): Entry {
  return { task, sid: undefined, items: 0 };
}

function bounded(entries: readonly Entry[], count: number, most: number): Entry[] {
  if (entries.length < 2) return [...entries];
  let chars = 0;
  const end = entries.findIndex(({ task, sid }, index) => {
    chars += JSON.stringify(task?.fields ?? { sid }).length + 100;
    return index >= count || (index > 0 && chars > most);
  });
  return entries.slice(0, end < 0 ? undefined : end);
}
