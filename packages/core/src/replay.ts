import type { Skips } from './backlog.ts';
import type { CometEvent, Gap } from './event.ts';
import { type HistoryQuery, readHistory } from './history.ts';
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
  { log }: HubParts,
  subscription: Subscription,
  query: HistoryQuery,
): void {
  if ('since' in query) {
    const point = pointOf(log, query.since);
    subscription.from = point.position;
    if (point.reason === undefined) begin(session, log, point.position);
    else jump(session, log, query.since, point);
    return;
  }
  const { events } = readHistory(log, subscription, query);
  const picked = 'latest' in query ? events.slice(-maxPicked) : events;
  const cut = events.at(-picked.length - 1);
  const [first] = picked;
  if (first === undefined) return;
  subscription.from = before(log, first);
  const skips = 'latest' in query ? skipsBut(picked, subscription.began) : undefined;
  if (cut === undefined) begin(session, log, subscription.from, skips);
  else
    session
      .ownOutbox()
      .seek(cut.position, cursorAt(session, log, before(log, cut)), gapUpTo(cut, events), skips);
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
