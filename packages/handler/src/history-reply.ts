import { CometError, type Gap, type History, type HistoryQuery, type Item } from '@cometkit/core';
import type { SessionCall } from './call.ts';
import { maxPastEvents } from './command-fields.ts';
import type { Added } from './commands/add-subscription.ts';

/**
 * Reads the past events that a command asks for with its subscription, oldest first, with a gap in front if some are
 * missing.
 *
 * @returns the newest events, at most 1000 and 1 MiB, or 16 KiB while the hub has too much that was not read; none if the command asks for no history.
 */
export function historyOf({ handler, command }: SessionCall, { subscription }: Added): readonly Item[] {
  const query = command.history;
  if (query === undefined) return [];
  return bounded(handler.hub.history(subscription, query), query, handler.output.unread.room);
}

/**
 * Reads the history for the subscription of a channel that opens, as far as it must come before the events of the
 * channel.
 *
 * @remarks
 * For a session that has not listened yet, the history comes over the channel in log order, and is acknowledged and
 * resumed like the rest. Later it would arrive behind the position that the client has reached, and the client could
 * not tell it from duplicates.
 *
 * @throws {CometError} `invalid-field` — a client that keeps its cursor asks for history after its first listen; the
 *   subscription is removed again.
 */
export function historyOfChannel(call: SessionCall, added: Added): readonly Item[] {
  const { handler, session, command, format } = call;
  const { subscription, fresh } = added;
  const query = command.history;
  if (query === undefined) return [];
  if (session.generation === 0 && session.subscriptions.length === 1) {
    handler.hub.replay(session, subscription, query);
    return [];
  }
  // A reconnect repeats the request: the history has come over the channel, or will.
  if (!fresh) return [];
  if (!format.cursors) return historyOf(call, added);
  handler.hub.unsubscribe(session, subscription.id);
  const reason = 'past events come with a subscribe, or with the first listen';
  throw new CometError('invalid-field', reason, { field: 'since', reason });
}

/**
 * Counts the past items that follow an acknowledgement, so that the client notices a truncated reply.
 *
 * @returns undefined if no history was asked for.
 */
export function historyField({ command, format }: SessionCall, past: readonly Item[]): number | undefined {
  return command.history === undefined || !format.cursors ? undefined : past.length;
}

function bounded({ events, gap }: History, query: HistoryQuery, mostBytes: number): readonly Item[] {
  let first = events.length;
  for (let bytes = 0; first > 0 && events.length - first < maxPastEvents; first -= 1) {
    bytes += events[first - 1]?.bytes ?? 0;
    if (bytes > mostBytes) break;
  }
  const kept = events.slice(first);
  const cut = events[first - 1];
  if (cut === undefined) return gap === undefined ? kept : [gap, ...kept];
  const oldest = events[0]?.position ?? cut.position;
  const missing: Gap = {
    kind: 'gap',
    from: gap?.from ?? oldest,
    to: cut.position,
    cursor: cut.cursor,
    reason: gap?.reason ?? 'overflow',
    count: gap === undefined && !('latest' in query) ? first : undefined,
  };
  return [missing, ...kept];
}
