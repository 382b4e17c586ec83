/** The hub's notes on a session's time. Units: monotonic milliseconds. */
export interface SessionMarks {
  /** The last request, or the end of the last transport. */
  seen: number;
  /** When its idle deadline is looked at next; Infinity when it is not scheduled. */
  idleAt: number;
  /** True after the first request that followed the join. */
  established: boolean;
}

/** The notes on a session that joins now. */
export function marksAt(now: number): SessionMarks {
  return { seen: now, idleAt: Number.POSITIVE_INFINITY, established: false };
}
