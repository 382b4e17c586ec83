import { CometError } from './errors.ts';
import type { CometEvent, Gap } from './event.ts';
import type { EventLog } from './log.ts';
import { resumePoint } from './resume.ts';
import type { Subscription } from './subscription.ts';

/** Which past events a new subscriber wants: all after a cursor, the last so many, or the newest of each subject. */
export type HistoryQuery = { readonly since: string } | { readonly last: number } | { readonly latest: true };

/**
 * Past events of a subscription, up to the position where the subscription begins: what follows comes live.
 *
 * Shape: events oldest first; `gap` when the log no longer holds all that was asked for.
 */
export interface History {
  readonly events: readonly CometEvent[];
  readonly gap: Gap | undefined;
}

/**
 * Reads the past of a subscription from the log.
 *
 * @throws CometError `invalid-cursor` — `since` is not a cursor.
 */
export function readHistory(log: EventLog, subscription: Subscription, query: HistoryQuery): History {
  const until = Math.min(subscription.from, log.tail);
  if ('since' in query) return readSince(log, subscription, query.since, until);
  const events = matching(log, subscription, log.base, until);
  if ('last' in query) return { events: query.last > 0 ? events.slice(-query.last) : [], gap: undefined };
  const newest = new Map(events.map((event) => [event.subject, event]));
  return { events: events.filter((event) => newest.get(event.subject) === event), gap: undefined };
}

function readSince(log: EventLog, subscription: Subscription, since: string, until: number): History {
  const point = resumePoint(log, since);
  if (point === undefined) throw new CometError('invalid-cursor', 'the cursor is not valid', {});
  const { position, reason, cursor } = point;
  const events = matching(log, subscription, position, until);
  if (reason === undefined) return { events, gap: undefined };
  const next = log.cursorAt(position) ?? '';
  return {
    events,
    gap: { kind: 'gap', from: cursor.position + 1, to: position, cursor: next, reason, count: undefined },
  };
}

function matching(log: EventLog, subscription: Subscription, after: number, until: number): CometEvent[] {
  const events: CometEvent[] = [];
  for (let position = after + 1; position <= until; position += 1) {
    const event = log.at(position);
    if (event?.scope === 'subject' && subscription.matches(event.subject)) events.push(event);
  }
  return events;
}
