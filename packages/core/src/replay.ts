import type { Skips } from './backlog.ts';
import { formatCursor, unproven } from './cursor.ts';
import type { CometEvent, Gap } from './event.ts';
import { type HistoryQuery, oldestOfLast, readHistory } from './history.ts';
import type { HubParts } from './hub-internals.ts';
import type { EventLog } from './log.ts';
import { jump, pointOf } from './resume.ts';
import type { Session } from './session.ts';
import type { Subscription } from './subscription.ts';

// How many events of a past with holes are remembered until they are read.
const maxPicked = 1000;

/**
 * Lets the stream of a session that has not listened yet begin with past events of its only subscription.
 *
 * @throws {CometError} `invalid-cursor` — `since` is not a cursor.
 */
export function replay(
  session: Session,
  host: HubParts,
  subscription: Subscription,
  query: HistoryQuery,
): void {
  const { log } = host;
  if ('since' in query) {
    const point = pointOf(log, query.since);
    subscription.from = point.position;
    if (point.reason === undefined) begin(session, log, point.position);
    else jump(session, log, query.since, point);
    return;
  }
  if ('last' in query) {
    // All from there on are read when they are written.
    const first = oldestOfLast(log, subscription, query.last);
    if (first === undefined) return;
    subscription.from = before(log, first);
    begin(session, log, subscription.from);
    return;
  }
  replayLatest(session, host, subscription);
}

function replayLatest(session: Session, host: HubParts, subscription: Subscription): void {
  const { log } = host;
  const { events } = readHistory(host, subscription, { latest: true });
  const picked = newest(events, host);
  const cut = events.at(-picked.length - 1);
  const [first] = picked;
  if (first === undefined) return;
  if (first.position <= log.base) {
    beginWithLastValues(session, log, { events, picked, subscription });
    return;
  }
  subscription.from = before(log, first);
  const skips = skipsBut(picked, subscription.began);
  if (cut === undefined) begin(session, log, subscription.from, skips);
  else
    session
      .ownOutbox()
      .seek(cut.position, cursorAt(session, log, before(log, cut)), gapUpTo(cut, events), skips);
}

// So many as a session remembers, and as fit into half of its queue where the log does not have them.
function newest(events: readonly CometEvent[], { log, limits }: HubParts): readonly CometEvent[] {
  let [bytes, kept] = [0, 0];
  const first = events.findLastIndex((event, at) => {
    if (event.position <= log.base) {
      bytes += event.bytes;
      kept += 1;
    }
    return events.length - at > maxPicked || bytes * 2 > limits.queueBytes || kept * 2 > limits.queueLimit;
  });
  return events.slice(first + 1);
}

interface Past {
  readonly events: readonly CometEvent[];
  readonly picked: readonly CometEvent[];
  readonly subscription: Subscription;
}

// What the log has let go of waits in the queue; the rest is read behind it.
function beginWithLastValues(session: Session, log: EventLog, { events, picked, subscription }: Past): void {
  const kept = picked.filter(({ position }) => position <= log.base);
  const next = picked.find(({ position }) => position > log.base);
  const readFrom = Math.min(next === undefined ? subscription.began : before(log, next), session.acked);
  const cut = events.at(-picked.length - 1);
  const start = (cut ?? kept[0])?.position ?? log.base;
  subscription.from = start - 1;
  const place = { position: start - 1, cursor: formatCursor(log.epoch, start - 1, unproven) };
  const waiting = cut === undefined ? kept : [gapUpTo(cut, events), ...kept];
  session.ownOutbox().begin(place, waiting, readFrom, skipsBut(picked, subscription.began));
}

function before(log: EventLog, { position }: CometEvent): number {
  return log.previous(position)?.position ?? log.base;
}

// Events sent to the session itself since its join must not be skipped.
function begin(session: Session, log: EventLog, position: number, skips?: Skips): void {
  const start = Math.min(position, session.acked);
  session.ownOutbox().seek(start, cursorAt(session, log, start), undefined, skips);
}

function cursorAt({ acked, cursor }: Session, log: EventLog, position: number): string {
  return position < acked ? (log.cursorAt(position) ?? cursor) : cursor;
}

// Only the first pass skips older events of a subject: a stream that was cut off gets everything that followed.
function skipsBut(picked: readonly CometEvent[], until: number): Skips {
  const positions = new Set(picked.map(({ position }) => position));
  return ({ scope, position }) => scope === 'subject' && position <= until && !positions.has(position);
}

function gapUpTo({ position, cursor }: CometEvent, [oldest]: readonly CometEvent[]): Gap {
  const from = oldest?.position ?? position;
  return { kind: 'gap', from, to: position, cursor, reason: 'overflow', count: undefined };
}
