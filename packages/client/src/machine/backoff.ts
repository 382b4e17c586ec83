/** The pauses between attempts. Units: milliseconds of the client's clock. */
export interface Backoff {
  /** Attempts that failed in a row. */
  failures: number;
  /** When the next attempt may be made. */
  at: number;
}

// A client keeps two connections. What cuts both makes the attempt after the cut find the other one dead: only the next
// says something of the server. Units: ms.
const secondMs = 60;

/**
 * How long to wait after so many failures in a row: not at all after one, hardly after two, then anything up to a bound
 * that doubles from 500 ms to 30 s.
 */
export function pauseAfter(failures: number, random: number): number {
  if (failures < 2) return 0;
  return random * (failures === 2 ? secondMs : Math.min(30_000, 125 * 2 ** (failures - 1)));
}

// No pause that a server asks for is longer. Units: ms.
const longestAskedMs = 300_000;

/** Counts a failure. Units: `atLeastMs` is the pause that the server asked for. */
export function countFailure(backoff: Backoff, now: number, random: number, atLeastMs = 0): void {
  backoff.failures += 1;
  backoff.at = now + Math.max(Math.min(atLeastMs, longestAskedMs), pauseAfter(backoff.failures, random));
}
