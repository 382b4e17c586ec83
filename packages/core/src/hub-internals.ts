import type { Budget } from './budget.ts';
import type { Gap } from './event.ts';
import type { LastValues } from './last-values.ts';
import type { EventLog } from './log.ts';
import type { HubLimits } from './options.ts';
import type { Matching } from './pattern.ts';
import type { Seat } from './seat.ts';
import type { SessionMemory } from './session-memory.ts';
import type { Transport } from './transport.ts';

/** Running totals of a hub, since it was made. */
export interface Counters {
  published: number;
  taken: number;
  gaps: number;
  overflows: number;
  coalesced: number;
  resumed: number;
  resumedBehindGap: number;
  refusedAcks: number;
  opened: number;
  expired: number;
}

/** Totals of a hub that has just been made. */
export function noCounts(): Counters {
  return {
    published: 0,
    taken: 0,
    gaps: 0,
    overflows: 0,
    coalesced: 0,
    resumed: 0,
    resumedBehindGap: 0,
    refusedAcks: 0,
    opened: 0,
    expired: 0,
  };
}

/** What all parts of a hub share: its bounds, its log, its totals and its time. */
export interface HubParts {
  readonly limits: HubLimits;
  readonly budget: Budget;
  readonly memory: SessionMemory;
  readonly counters: Counters;
  readonly log: EventLog;
  /** Undefined where no subject has one. */
  readonly lastValues: LastValues | undefined;
  readonly closed: boolean;
  /** True when the log is that of several nodes. */
  readonly shared: boolean;
  /** What the server's own subjects may be: `prefix` once anybody subscribes by prefix. */
  readonly subjects: Matching;
  now(): number;
}

/** What a session may ask of the hub it lives in. */
export interface HubInternals<S> extends HubParts {
  /** Wakes a session now, or after those that are already scheduled. */
  scheduleWake(session: S): void;
  /** Frees the seats of a session in its delivery groups. */
  unseat(session: S, first: Seat): void;
  /** Called when a session's client begins to acknowledge. */
  acknowledging(session: S): void;
  /** Ends a session whose queue overflowed under the policy `disconnect`, after the current call. */
  overflowed(session: S): void;
  /** Calls a session's transport, if it has one, and closes it if it throws. */
  tell(session: S, call: (transport: Transport) => void): void;
  /** Called when the transport of a session has ended and none has taken its place. */
  detached(session: S): void;
  /** Reports a gap that was handed out to a session. */
  gapped(session: S, gap: Gap): void;
  /** Reports what application code threw, and where. */
  report(error: unknown, where: string): void;
}
