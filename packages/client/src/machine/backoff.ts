/** The pauses between attempts. Times are milliseconds of the client's clock. */
export interface Backoff {
  /** When the first of the attempts that failed in a row failed; undefined while none has. */
  since?: number | undefined;
  /** Connections in a row that were cut soon after the server had answered: no outage, so time does not tell how bad it is. */
  cuts: number;
  /** How many of the next pauses are short, 3 to 1: none, hardly any, and that of a first failure. */
  quick?: number;
  /** When the next attempt may be made. */
  at: number;
}

// The bound of the first pause, and the pauses behind it until a part of the outage is longer. All clients of a server that restarts
// come back within so long of its return, and not a third of a thousand within 100 ms: whenever that is, their attempts lie evenly
// spread over it (milliseconds).
const spreadMs = 340;
/** The bound of the pause behind an attempt that was made at once (milliseconds). */
const secondMs = 60;
// Behind the first of several cuts in a row (milliseconds).
const cutMs = 500;
/** No pause that the client chooses is longer (milliseconds). */
const longestMs = 30_000;
// An outage is followed by no more than this part of its own length.
const share = 0.3;
// No pause that a server asks for is longer (milliseconds).
const longestAskedMs = 300_000;

/**
 * How long to wait after a failure: anything up to 340 ms after the first, then the upper half of three tenths of the time that
 * the outage has lasted, between 340 ms and 30 s.
 *
 * @param elapsedMs - time since the first failure.
 * @param random - from 0 up to 1.
 * @returns milliseconds.
 */
export function pauseAfter(elapsedMs: number | undefined, random: number): number {
  if (elapsedMs === undefined) return random * spreadMs;
  return Math.max(spreadMs, upperHalf(elapsedMs * share, random));
}

function upperHalf(boundMs: number, random: number): number {
  return (Math.min(longestMs, boundMs) * (1 + random)) / 2;
}

/**
 * Counts a failure.
 *
 * @param atLeastMs - the pause that the server asked for, in milliseconds.
 * @param cut - true when the server had answered before.
 */
export function countFailure(
  backoff: Backoff,
  now: number,
  random: number,
  atLeastMs = 0,
  cut = false,
): void {
  const { since } = backoff;
  backoff.since ??= now;
  if (cut) backoff.cuts += 1;
  const pause =
    quickPause(backoff, random) ?? pauseAfter(since === undefined ? undefined : now - since, random);
  const again = cut && backoff.cuts > 1 ? upperHalf(cutMs * 2 ** (backoff.cuts - 1), random) : 0;
  backoff.at = now + Math.max(Math.min(atLeastMs, longestAskedMs), pause, again);
}

// A client keeps two connections. What cuts both makes the attempt after the cut find the other one dead: only the next
// says something of the server, and counts as the first.
function quickPause(backoff: Backoff, random: number): number | undefined {
  const { quick = 0 } = backoff;
  if (quick > 0) backoff.quick = quick - 1;
  return [undefined, random * spreadMs, random * secondMs, 0][quick];
}

/** Lets the first attempt after a failure be made at once, where the failure is no more than that of one connection. */
export function hurry(backoff: Backoff): void {
  if (backoff.since === undefined) backoff.quick = 3;
}

/** Takes note that it works again: the next failure is a first one. */
export function recover(backoff: Backoff): void {
  backoff.since = undefined;
  backoff.cuts = 0;
  backoff.quick = 0;
}
