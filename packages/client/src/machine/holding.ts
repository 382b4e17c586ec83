import type { Cursor } from './cursor.ts';

/** A reader that is behind: nothing after the items that it has taken is acknowledged. */
interface Hold {
  /** Cursor of the last item that it took; undefined while it took none. */
  readonly taken: Cursor | undefined;
  /** When it took it, or fell behind, in milliseconds of the client's clock. */
  readonly since: number;
}

/** What was acknowledged, and the readers that hold back more. Times are milliseconds of the client's clock. */
export interface Holding {
  /** The place that the server was told last; undefined while it was told none in this log. */
  acked?: Cursor | undefined;
  /** When that place was another for the last time, or the first reader fell behind. */
  ackedAt: number;
  /** Readers that are behind. */
  readonly readers: Map<object, Hold>;
  /** Items that such readers took since the server was last told. */
  taken: number;
  /** Places of the items that came while a reader was behind, of which the server was not told. */
  readonly untold: Cursor[];
}

/** Makes the record of a client that has acknowledged nothing. */
export function createHolding(now: number): Holding {
  return { ackedAt: now, readers: new Map(), taken: 0, untold: [] };
}
