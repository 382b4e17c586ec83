import type { HubParts } from './hub-internals.ts';
import type { Session } from './session.ts';

/** Figures of a hub at one moment: counts, unless the name says bytes. Totals run since the hub was made. */
export interface HubStats {
  readonly sessions: number;
  readonly attached: number;
  /** Sessions that are served together with others now: an event costs them nothing but their writes. */
  readonly grouped: number;
  /** Sessions with an open channel for which events wait. */
  readonly behind: number;
  /** How many events the slowest of them is behind the newest event of the log. */
  readonly lagEvents: number;
  readonly subscriptions: number;
  readonly logEvents: number;
  readonly logBytes: number;
  /** Items that all queues refer to now, an event counted once for each queue. */
  readonly queuedEvents: number;
  readonly queuedBytes: number;
  /** What sessions hold beside their queues, subscriptions above all: an estimate that is rather too high. */
  readonly sessionBytes: number;
  readonly published: number;
  /** Items handed to transports, those given again included. */
  readonly taken: number;
  /** Gaps handed out to sessions, without those that conflation makes. */
  readonly gaps: number;
  readonly overflows: number;
  /** Events that a newer one of the same subject has replaced in a queue. */
  readonly coalesced: number;
  /** Clients that came back with a cursor but without their session, and continued without a gap. */
  readonly resumed: number;
  /** The same, but events were missing: they got a gap. */
  readonly resumedBehindGap: number;
  /** Acknowledgements of something never handed out, or already acknowledged. */
  readonly refusedAcks: number;
  readonly opened: number;
  readonly expired: number;
}

/** Collects the figures of a hub. The cost grows with the number of sessions: call it per scrape, not per event. */
export function readStats(host: HubParts, sessions: Iterable<Session>, subscriptions: number): HubStats {
  let count = 0;
  let attached = 0;
  let grouped = 0;
  let behind = 0;
  let lagEvents = 0;
  for (const session of sessions) {
    count += 1;
    if (session.attached) attached += 1;
    if (session.grouped) grouped += 1;
    else if (session.attached && session.waiting) {
      behind += 1;
      lagEvents = Math.max(lagEvents, host.log.tail - session.taken);
    }
  }
  const { log, budget, memory, counters } = host;
  return {
    sessions: count,
    attached,
    grouped,
    behind,
    lagEvents,
    subscriptions,
    logEvents: log.size,
    logBytes: log.bytes,
    queuedEvents: budget.events,
    queuedBytes: budget.bytes,
    sessionBytes: memory.bytes,
    ...counters,
  };
}
