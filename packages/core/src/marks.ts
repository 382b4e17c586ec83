/** The hub's notes on a session's time. Units: whole monotonic milliseconds, which need no box of their own. */
export interface SessionMarks {
  /** The last request, or the end of the last transport. */
  seen: number;
  /** When its idle deadline is looked at next; undefined when it is not scheduled. */
  idleAt: number | undefined;
  /** True after the first request that followed the join. */
  established: boolean;
}

/** The notes on a session that joins now. */
export function marksAt(now: number): SessionMarks {
  return { seen: Math.trunc(now), idleAt: undefined, established: false };
}
