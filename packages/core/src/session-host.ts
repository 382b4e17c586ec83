import type { Budget } from './budget.ts';
import type { Gap } from './event.ts';
import type { EventLog } from './log.ts';
import type { HubLimits } from './options.ts';
import type { Session } from './session.ts';

/** Running totals of a hub. Units: counts since the hub was made. */
export interface Counters {
  published: number;
  taken: number;
  gaps: number;
  overflows: number;
  refusedAcks: number;
  opened: number;
  expired: number;
}

/** Totals of a hub that has just been made. */
export function noCounts(): Counters {
  return { published: 0, taken: 0, gaps: 0, overflows: 0, refusedAcks: 0, opened: 0, expired: 0 };
}

/** What a session may ask of the hub it lives in. */
export interface SessionHost {
  readonly limits: HubLimits;
  readonly budget: Budget;
  readonly counters: Counters;
  readonly log: EventLog;
  readonly closed: boolean;
  now(): number;
  /** Ends a session whose queue overflowed under the policy `disconnect`. */
  overflowed(session: Session): void;
  /** Reports a gap that a session will be told. */
  gapped(session: Session, gap: Gap): void;
}
