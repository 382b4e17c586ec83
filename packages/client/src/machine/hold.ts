import { type Cursor, later, parseCursor } from './cursor.ts';
import { never, type State } from './state.ts';
import { isAfter } from './tasks.ts';

// An acknowledgement is sent at most this long after the first item that it covers (milliseconds).
const ackMs = 2000;
// This many items are acknowledged at once; waiting for each window would stall the flow.
const tellAtOnce = 128;
// A reader that takes nothing for this long (milliseconds) is ignored: it must not block the rest of its client for ever. A
// server disconnects a client that acknowledges nothing for 30 s.
const patienceMs = 20_000;
// A reader may need longer than the server waits for an acknowledgement. Then one more item is acknowledged this often
// (milliseconds).
const signOfLifeMs = 10_000;

/** Finds the cursor that may be acknowledged. It never goes back in one log. */
function tellable({ at, acked, readers }: State): Cursor | undefined {
  let place = at;
  for (const { taken } of readers.values()) {
    // A reader that is still in the log before this one keeps the place as it is.
    const limit = taken && taken.epoch === at?.epoch ? taken : acked;
    if (limit && place && !isAfter(limit, place)) place = limit;
  }
  return later(acked, place);
}

/**
 * Takes note that a request tells the server of the place reached.
 *
 * @returns the cursor to name.
 */
export function acknowledge(state: State): string | undefined {
  const place = tellable(state);
  if (place?.text !== state.acked?.text) state.ackedAt = state.now;
  state.acked = place;
  while (state.untold[0] && !isAfter(state.untold[0], place)) state.untold.shift();
  forgetCounts(state);
  return place?.text;
}

/** Resets the counts of what is not acknowledged. */
export function forgetCounts(state: State): void {
  state.unacked = 0;
  state.unackedSize = 0;
  state.taken = 0;
  state.ackAt = never;
}

/** Plans to tell the server of what has arrived: at once when it is much, else soon; not while a reader is behind. */
export function planAck(state: State, much: boolean): void {
  if (state.readers.size > 0 && state.at) state.untold.push(state.at);
  else soon(state, much);
}

function soon(state: State, much: boolean): void {
  state.ackAt = much ? state.now : Math.min(state.ackAt, state.now + ackMs);
}

/** Notes the cursor of a reader that is behind. */
export function hold(state: State, reader: object, cursor: string | undefined): void {
  if (state.readers.size === 0) state.ackedAt = state.now;
  state.readers.set(reader, { taken: parseCursor(cursor), since: state.now });
  if (tellable(state)?.text === state.acked?.text) return;
  state.unacked += 1;
  state.taken += 1;
  soon(state, state.taken * 4 >= Math.min(state.window, 4 * tellAtOnce));
}

/** Takes note that a reader is not behind any more. */
export function release(state: State, reader: object): void {
  if (!state.readers.delete(reader)) return;
  state.unacked += 1;
  soon(state, true);
  if (state.readers.size === 0) state.untold.length = 0;
}

/** Lets go of readers that take nothing, and gives the server a sign of those that do. */
export function watchReaders(state: State): void {
  const { readers, now, untold } = state;
  for (const [reader, { since }] of readers) if (now - since >= patienceMs) release(state, reader);
  if (readers.size === 0 || now - state.ackedAt < signOfLifeMs) return;
  const next = untold.find((place) => isAfter(place, state.acked));
  if (next === undefined) return;
  state.acked = next;
  state.ackedAt = now;
  state.unacked += 1;
  soon(state, true);
}

/** When readers that are behind have to be looked at. */
export function readerTimes({ readers, ackedAt }: State): number[] {
  if (readers.size === 0) return [];
  return [ackedAt + signOfLifeMs, ...[...readers.values()].map(({ since }) => since + patienceMs)];
}

/** Forgets what was acknowledged when the log went back or is another one. */
export function forgetTold(state: State): void {
  const { acked, at } = state;
  if (!acked || !at || (acked.epoch === at.epoch && acked.position <= at.position)) return;
  state.acked = undefined;
  state.untold.length = 0;
}
