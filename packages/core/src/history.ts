import { engineGap } from './backlog.ts';
import type { CometEvent, Gap } from './event.ts';
import type { HubParts } from './hub-internals.ts';
import type { JsonValue } from './json.ts';
import type { EventLog, LogEntry } from './log.ts';
import { indexOf, merged, type SearchLimits } from './log-index.ts';
import { walk } from './log-walk.ts';
import { pointOf, type ResumePoint } from './resume.ts';
import type { Subscription } from './subscription.ts';

/** Which past events a new subscriber wants: all after a cursor, the last so many, or the newest of each subject. */
export type HistoryQuery = { readonly since: string } | { readonly last: number } | { readonly latest: true };

// In a log of so few entries a look at each costs less than a search.
const few = 256;
const searchLimits: SearchLimits = {
  subjects: 512,
  lists: 512,
  entries: Number.POSITIVE_INFINITY,
  after: 0,
};

/** Past events of a subscription, up to the position where it begins. Later events arrive live. */
export interface History<Data = JsonValue> {
  /** Oldest first. */
  readonly events: readonly CometEvent<Data>[];
  /** Set when the log no longer holds everything that was asked for. */
  readonly gap: Gap | undefined;
}

/**
 * Reads the past of a subscription from the log, without what was not for its session.
 *
 * @throws {CometError} `invalid-cursor` — `since` is not a cursor.
 */
export function readHistory(
  parts: Pick<HubParts, 'log' | 'lastValues'>,
  subscription: Subscription,
  query: HistoryQuery,
): History {
  const { events, gap } = readAll(parts, subscription, query);
  const { id } = subscription.owner;
  return { events: events.filter(({ except }) => except === undefined || except !== id), gap };
}

function readAll(
  { log, lastValues }: Pick<HubParts, 'log' | 'lastValues'>,
  subscription: Subscription,
  query: HistoryQuery,
): History {
  if ('since' in query) return readSince(log, subscription, query.since);
  if ('last' in query) return { events: readLast(log, subscription, query.last), gap: undefined };
  // Nothing of their subjects is in the log: that would be their last value.
  const older = lastValues?.matching(subscription, log.base) ?? [];
  return { events: [...older, ...readLatest(log, subscription)], gap: undefined };
}

/** Finds the oldest of the last so many past events of a subscription. @returns undefined when there is none. */
export function oldestOfLast(
  log: EventLog,
  subscription: Subscription,
  last: number,
): CometEvent | undefined {
  if (!(last > 0)) return undefined;
  const places = placesOfLast(log, subscription, last);
  if (places === undefined) return walkBack(log, subscription, last)[0];
  for (const place of places) {
    const event = log.at(place);
    if (event !== undefined) return event;
  }
  return undefined;
}

function readLast(log: EventLog, subscription: Subscription, last: number): CometEvent[] {
  if (!(last > 0)) return [];
  const places = placesOfLast(log, subscription, last);
  return places === undefined ? walkBack(log, subscription, last) : eventsAt(log, places);
}

// Undefined where going back costs less: what very many subjects match is close to the tail.
function placesOfLast(
  log: EventLog,
  subscription: Subscription,
  last: number,
): readonly number[] | undefined {
  const found = log.size <= few ? undefined : indexOf(log).find([subscription], searchLimits);
  if (found === undefined) return undefined;
  return merged(found.map((list) => list.before(subscription.began, last))).slice(-Math.ceil(last));
}

function readLatest(log: EventLog, subscription: Subscription): CometEvent[] {
  const { began } = subscription;
  const found = indexOf(log).find([subscription], searchLimits);
  if (found === undefined) return walkBack(log, subscription, Number.POSITIVE_INFINITY, new Set());
  return eventsAt(log, merged(found.map((list) => list.before(began, 1))));
}

/** @param seen - subjects of which one event is enough. */
function walkBack(log: EventLog, subscription: Subscription, last: number, seen?: Set<string>): CometEvent[] {
  const events: CometEvent[] = [];
  let at = log.previous(subscription.began + 1);
  for (; at !== undefined && events.length < last; at = log.previous(at.position)) {
    if (!isMatch(at, subscription) || seen?.has(at.subject) === true) continue;
    seen?.add(at.subject);
    events.push(at);
  }
  return events.reverse();
}

// The index may still name what the log has let go of.
function eventsAt(log: EventLog, places: readonly number[]): CometEvent[] {
  return places.map((place) => log.at(place)).filter((event) => event !== undefined);
}

function readSince(log: EventLog, subscription: Subscription, since: string): History {
  const point = pointOf(log, since);
  let events: CometEvent[] = [];
  let gap = gapBefore(log, subscription, point);
  const next = walk(log, point.position, { matchers: [subscription], addressees: [] });
  let at = next(point.position);
  for (; at !== undefined && at.position <= subscription.began; at = next(at.position)) {
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
