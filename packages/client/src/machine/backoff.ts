/** The pauses between attempts. Units: milliseconds of the client's clock. */
export interface Backoff {
  /** Attempts that failed in a row. */
  failures: number;
  /** When the next attempt may be made. */
  at: number;
}

/**
 * How long to wait after so many failures in a row: not at all after one, then anything up to a bound that doubles from
 * 250 ms to 30 s.
 */
export function pauseAfter(failures: number, random: number): number {
  return failures < 2 ? 0 : random * Math.min(30_000, 125 * 2 ** (failures - 1));
}

// No pause that a server asks for is longer. Units: ms.
const longestAskedMs = 300_000;

/** Counts a failure. Units: `atLeastMs` is the pause that the server asked for. */
export function countFailure(backoff: Backoff, now: number, random: number, atLeastMs = 0): void {
  backoff.failures += 1;
  backoff.at = now + Math.max(Math.min(atLeastMs, longestAskedMs), pauseAfter(backoff.failures, random));
}
