import type { Channel, State } from './state.ts';
import { never } from './state.ts';
import { bufferedMs } from './watchdog.ts';
import { numberOf, type WireEvent } from './wire.ts';

// How much later than the answer on the other connection a heartbeat may come that left the server together with it (milliseconds).
const lateMs = 1500;
// A line as slow as that may still be busy with what came before the heartbeat (UTF-16 units per millisecond).
const slowest = 16;
// A server that has so much to say leaves heartbeats out; no proxy gathers that much (UTF-16 units).
const congested = 65_536;
// How much earlier than the answer the server may have taken the time of the heartbeat. Unit: milliseconds.
const slack = 100;

/** Begins to wait for a heartbeat that is asked for with the request of a number. */
export function beginProbe(channel: Channel, requestId: number): void {
  channel.probe = requestId;
  channel.beat = undefined;
  channel.asked = undefined;
  channel.flow = 0;
}

/** Takes note that something of a size came, which a heartbeat behind it had to wait for. */
export function flowed(channel: Channel, size: number): void {
  channel.flow = (channel.flow ?? 0) + size;
  channel.probeAt += size / slowest;
}

/**
 * Returns whether a heartbeat that did not come is to be asked for once more: where so much else came, the server had no room
 * for it.
 */
export function isFlowing({ flow = 0 }: Channel): boolean {
  return flow > congested;
}

/** Takes a heartbeat. Only one that left the server after it was asked for says anything of the way. */
export function beaten(state: State, channel: Channel, event: WireEvent): void {
  if (!channel.probe) return;
  channel.beat = numberOf(event, 'time') ?? never;
  judge(state, channel);
}

/**
 * Takes the answer to the request for a heartbeat: from now on the heartbeat is late, by however much the line itself delays
 * both. An event says nothing: it may have come with the heap before.
 *
 * @param sentAt - when it was asked for, in milliseconds.
 */
export function probeAnswered(state: State, channel: Channel, answer: WireEvent, sentAt: number): void {
  channel.asked = numberOf(answer, 'time') ?? 0;
  // After a sleep a stream that is alive may be slow to come back.
  channel.probeAt = channel.woken ? sentAt + bufferedMs : state.now + lateMs;
  judge(state, channel);
}

function judge({ selector }: State, channel: Channel): void {
  const { beat = Number.NEGATIVE_INFINITY, asked = never } = channel;
  if (beat < asked - slack) return;
  selector.proven = true;
  channel.probe = 0;
  channel.probeAt = never;
}
