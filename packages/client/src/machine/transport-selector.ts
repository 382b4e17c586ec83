/** A way of receiving. `stream` is a fetch whose answer does not end, `long-poll` one that is held until there is something, `poll` one that is answered at once. */
export type TransportName = 'stream' | 'event-source' | 'iframe' | 'web-socket' | 'long-poll' | 'poll';

/** Why a transport is used, or no other any more. */
export type TransportReason = 'first' | 'asked' | 'buffered' | 'cut' | 'unsupported' | 'better';

/** The transport in use, and the failures that count against it. Times are milliseconds of the client's clock. */
export interface TransportSelector {
  /** The transports to choose from, the best first. */
  readonly ladder: readonly TransportName[];
  /** The one in use, as an index of the ladder. */
  rung: number;
  /** The one that the application asked for; undefined while the client selects. */
  pinned: TransportName | undefined;
  /** Short lives of the present transport in a row. */
  strikes: number;
  /** Channels in a row that never said a word. */
  mute: number;
  /** True once something came over the present transport right after it had been asked for. */
  proven: boolean;
  /** When a better one is tried again; Infinity while the best is in use. */
  upAt: number;
  upDelayMs: number;
  why: TransportReason;
  /** The one last reported to the application. */
  reported: TransportName | undefined;
}

const never = Number.POSITIVE_INFINITY;
const firstUpMs = 30_000;
const longestUpMs = 600_000;
const maxStrikes = 3;

/** Makes a selector for transports, the best first. */
export function createSelector(ladder: readonly TransportName[]): TransportSelector {
  const selector = {
    ladder,
    pinned: undefined,
    reported: undefined,
    upDelayMs: firstUpMs,
  } as TransportSelector;
  moveTo(selector, 0, 'first');
  return selector;
}

/** The transport to use now. */
export function chosen({ ladder, rung, pinned }: TransportSelector): TransportName {
  return pinned ?? ladder[rung] ?? 'long-poll';
}

/** True for transports whose answers do not end, which something on the way may hold back. */
export function endless(name: TransportName): boolean {
  return name !== 'long-poll' && name !== 'poll';
}

/** True for transports that an entry of their own brings, and that the platform opens: they tell little of a failure. */
export function foreign(name: TransportName): boolean {
  return endless(name) && name !== 'stream';
}

/** True for transports that are opened with an address and nothing else. */
export function byAddress(name: TransportName): boolean {
  return name === 'event-source' || name === 'iframe';
}

/** Goes to a rung of the ladder. */
export function moveTo(selector: TransportSelector, rung: number, why: TransportReason): void {
  Object.assign(selector, { rung, why, strikes: 0, mute: 0, proven: false, upAt: never });
}

/**
 * Goes to the next worse transport.
 *
 * @returns false if the application chose the transport or there is no worse one.
 */
export function moveDown(selector: TransportSelector, why: TransportReason): boolean {
  const { rung, pinned, ladder } = selector;
  const possible = !pinned && rung + 1 < ladder.length;
  if (possible) moveTo(selector, rung + 1, why);
  return possible;
}

/** Counts the death of a channel soon after it was opened; the third in a row moves down. */
export function strike(selector: TransportSelector): void {
  selector.strikes += 1;
  if (selector.strikes >= maxStrikes && endless(chosen(selector))) moveDown(selector, 'cut');
}

/**
 * Counts a channel that never said a word while the server answered elsewhere; the third in a row moves down.
 *
 * @returns false, the new value of `suspect`.
 */
export function muted(selector: TransportSelector): false {
  selector.mute += 1;
  if (selector.mute >= maxStrikes && endless(chosen(selector))) moveDown(selector, 'cut');
  return false;
}

/**
 * Plans the next attempt with a better transport, later each time.
 *
 * @param random - from 0 up to 1.
 */
export function planUp(selector: TransportSelector, now: number, random: number): void {
  const { rung, pinned, upAt, upDelayMs } = selector;
  if (rung === 0 || pinned || upAt < never) return;
  selector.upAt = now + upDelayMs * (0.5 + random / 2);
  selector.upDelayMs = Math.min(longestUpMs, upDelayMs * 2);
}

/** Says that a channel lived long: the best transport is trusted again. */
export function lived(selector: TransportSelector): void {
  selector.strikes = 0;
  if (selector.rung === 0) selector.upDelayMs = firstUpMs;
}
