import { engineGap } from './backlog.ts';
import type { CometEvent, Gap } from './event.ts';
import type { HubParts } from './hub-internals.ts';
import type { JsonValue } from './json.ts';
import type { EventLog, LogEntry } from './log.ts';
import { pointOf, type ResumePoint } from './resume.ts';
import type { Subscription } from './subscription.ts';

/** Which past events a new subscriber wants: all after a cursor, the last so many, or the newest of each subject. */
export type HistoryQuery = { readonly since: string } | { readonly last: number } | { readonly latest: true };

/** Past events of a subscription, up to the position where it begins. Later events arrive live. */
export interface History<Data = JsonValue> {
  /** Oldest first. */
  readonly events: readonly CometEvent<Data>[];
  /** Set when the log no longer holds everything that was asked for. */
  readonly gap: Gap | undefined;
}

/**
 * Reads the past of a subscription from the log.
 *
 * @throws {CometError} `invalid-cursor` — `since` is not a cursor.
 */
export function readHistory(
  { log, lastValues }: Pick<HubParts, 'log' | 'lastValues'>,
  subscription: Subscription,
  query: HistoryQuery,
): History {
  if ('since' in query) return readSince(log, subscription, query.since);
  const seen = new Set<string>();
  const limit = 'last' in query ? query.last : Number.POSITIVE_INFINITY;
  const events: CometEvent[] = [];
  let at = log.previous(subscription.began + 1);
  for (; at !== undefined && events.length < limit; at = log.previous(at.position)) {
    if (!isMatch(at, subscription) || ('latest' in query && seen.has(at.subject))) continue;
    seen.add(at.subject);
    events.push(at);
  }
  // Nothing of their subjects is in the log: that would be their last value.
  const older = ('latest' in query ? lastValues?.matching(subscription, log.base) : undefined) ?? [];
  return { events: [...older, ...events.reverse()], gap: undefined };
}

function readSince(log: EventLog, subscription: Subscription, since: string): History {
  const point = pointOf(log, since);
  let events: CometEvent[] = [];
  let gap = gapBefore(log, subscription, point);
  let at = log.next(point.position);
  for (; at !== undefined && at.position <= subscription.began; at = log.next(at.position)) {
    if (isMatch(at, subscription)) events.push(at);
    if (at.kind !== 'hole') continue;
    // An answer has one gap: it covers what came before the hole as well.
    gap = engineGap(at, gap?.from === undefined ? point.cursor.position : gap.from - 1);
    events = [];
  }
  return { events, gap };
}

// What comes after the subscription's beginning comes live, and must not be covered here as well.
function gapBefore(
  log: EventLog,
  subscription: Subscription,
  { position, reason, cursor }: ResumePoint,
): Gap | undefined {
  if (reason === undefined || (reason === 'trimmed' && cursor.position >= subscription.began))
    return undefined;
  const to = Math.min(position, subscription.began);
  // The log may have let go of the very place where the subscription began.
  const next = log.cursorAt(to) ?? subscription.cursor;
  return { kind: 'gap', from: cursor.position + 1, to, cursor: next, reason, count: undefined };
}

function isMatch(entry: LogEntry, subscription: Subscription): entry is CometEvent {
  return entry.kind === 'data' && entry.scope === 'subject' && subscription.matches(entry.subject);
}
