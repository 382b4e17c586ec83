// Where this node stands in the stream, and whether the stream still is what it was read from.
import type { StreamInfo } from '@nats-io/jetstream';
import { stride } from './frame.ts';
import { type Ledger, tagOf } from './ledger.ts';
import { type Life, type Lineage, presentOf } from './life.ts';
import type { Stream } from './stream.ts';

/** How many sequences below one that is gone are looked at, too. */
const neighbours = 16;

/** The last position that a message may have taken in a life. */
export function endOf(life: Life, sequence: number): number {
  return life.offset + (sequence + 1) * stride - 1;
}

/** The position of the last message, if it is of the present life of this stream; 0 when there is none. */
export function lastPosition(lineage: Lineage, { created, state }: StreamInfo): number {
  const { offset, from } = presentOf(lineage);
  return lineage.created === created && state.last_seq >= from ? offset + state.last_seq * stride : 0;
}

/** The tag of the place behind a sequence: the same on all nodes, whatever they have read there. */
export function tagAfter(life: Life, sequence: number): number {
  return tagOf(`${life.epoch}:${sequence}`);
}

/** First sequence that the stream holds or will hold next. */
export function firstOf({ state }: StreamInfo): number {
  return state.messages === 0 ? state.last_seq + 1 : Math.max(state.first_seq, 1);
}

/**
 * Finds the last message up to `upTo` that is in the stream as this node has read it.
 *
 * @returns `upTo` itself where what could be compared is gone, but the stream has not gone back.
 */
export async function lastAgreed(
  stream: Stream,
  ledger: Ledger,
  info: StreamInfo,
  upTo: number,
): Promise<number> {
  const first = firstOf(info);
  const last = info.state.last_seq;
  if (last >= upTo) {
    const found = await agreesNear(stream, ledger, upTo, first);
    if (found !== false) return upTo;
  }
  return bisect(stream, ledger, { low: first - 1, high: Math.min(upTo, last) });
}

// Whether what is at a sequence, or at the nearest one below that is still there, is what was read.
async function agreesNear(
  stream: Stream,
  ledger: Ledger,
  from: number,
  first: number,
): Promise<boolean | undefined> {
  for (let at = from; at >= first && at > from - neighbours; at -= 1) {
    const line = ledger.at(at);
    const kept = await stream.message(at);
    if (kept === undefined) continue;
    // What is older than all that was read has come before it; what is younger was never read.
    if (line === undefined) return ledger.time === 0 ? undefined : kept.time <= ledger.time;
    return tagOf(kept.id) === line.tag;
  }
  return undefined;
}

// What agrees comes first: after an engine was set back, everything from some sequence on is other than it was.
async function bisect(
  stream: Stream,
  ledger: Ledger,
  { low, high }: { readonly low: number; readonly high: number },
): Promise<number> {
  let [agreed, other] = [low, high + 1];
  while (other - agreed > 1) {
    const middle = Math.floor((agreed + other) / 2);
    if ((await agreesNear(stream, ledger, middle, agreed + 1)) === true) agreed = middle;
    else other = middle;
  }
  return agreed;
}
