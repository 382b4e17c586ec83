import type { Failure } from '../errors.ts';
import { countFailure, hurry, recover } from './backoff.ts';
import { type Cursor, parseCursor } from './cursor.ts';
import { acknowledge } from './hold.ts';
import {
  dropChannel,
  enter,
  handOver,
  interrupted,
  loseSession,
  report,
  reportOversized,
} from './lifecycle.ts';
import { beaten } from './probe.ts';
import { countHole, judge, judgeStart } from './sequencer.ts';
import { type Channel, draw, emit, never, type State } from './state.ts';
import { revoked, revokedBefore } from './taken-away.ts';
import {
  byAddress,
  chosen,
  endless,
  foreign,
  lived,
  moveDown,
  moveTo,
  planUp,
  strike,
} from './transport-selector.ts';
import { itemOf, numberOf, textOf, type WireEvent } from './wire.ts';

// A channel that lived so long counts as one that works (milliseconds).
const livedMs = 5000;
// How soon an empty answer may be followed by the next request where none was due (milliseconds).
const spinMs = 1000;
// The server's heartbeat interval where it does not tell it: of a stream (milliseconds).
const streamIdleMs = 10_000;
// No pause that a server asks for is longer (milliseconds).
const longestMs = 120_000;

/** Opens the data channel when there is a session and it is time. */
export function planChannel(state: State): void {
  const { id, now, selector, refresh, phase } = state;
  if (id === undefined || state.channel || now < state.data.at || phase === 'closing') return;
  // An answer would come on top of what a reader has still to take.
  if (refresh && state.readers.size > 0) return;
  // What counted in an earlier session must count again before this one listens.
  for (const task of state.tasks.values()) if (task.status === 'lost') return;
  const transport = chosen(selector);
  const requestId = ++state.last;
  const held = refresh === true;
  const idleMs = endless(transport) ? streamIdleMs : state.heldMs;
  const again = state.listened === state.joins;
  state.channel = {
    requestId,
    transport,
    held,
    again,
    acked: held,
    sentAt: now,
    heardAt: now,
    idleMs,
    probeAt: never,
  };
  const ack = acknowledge(state);
  emit(state, 'open', requestId, transport, {
    type: held ? 'refresh' : 'listen',
    mode: endless(transport) ? 'stream' : transport,
    session: id,
    key: state.key,
    ack,
    heartbeats: 'answer',
    show: state.showKey && byAddress(transport) ? true : undefined,
  });
}

/** Takes one event of the data channel. */
export function heard(state: State, channel: Channel, event: WireEvent): void {
  const kind = event.event;
  const reason = textOf(event, 'reason');
  if (kind === 'data' || kind === 'gap') received(state, channel, event);
  else emit(state, 'wire', event);
  if (kind === 'listen-ack' || kind === 'refresh-ack') started(state, channel, event);
  else if (kind === 'revoked') revoked(state, channel, event);
  else if (kind === 'heartbeat') {
    state.greet = endless(channel.transport);
    beaten(state, channel, event);
  } else if (kind === 'refresh') {
    channel.nextMs = Math.min(longestMs, numberOf(event, 'waitMs') ?? 0);
    // Its server closes: the same stream goes on elsewhere.
    if (endless(channel.transport)) {
      state.data.at = state.now + channel.nextMs;
      dropChannel(state);
    }
  } else if (kind === 'abort') {
    loseSession(
      state,
      { code: 'unknown-session', reason, retryMs: numberOf(event, 'retryMs') },
      channel.acked,
    );
  } else if (kind === 'refused' || kind === 'superseded')
    lost(state, { code: 'cut', reason: reason ?? kind }, false);
}

function started(state: State, channel: Channel, ack: WireEvent): void {
  const text = ack.fields.get('cursor');
  const place = parseCursor(text);
  if (text !== undefined && !place) lost(state, { code: 'bad-cursor' });
  else if (!place || judgeStart(state, place) === 'take' || bridge(state, place, place.position)) {
    state.window = numberOf(ack, 'window') ?? state.window;
    state.windowSize = numberOf(ack, 'windowChars') ?? state.windowSize;
    revokedBefore(state, ack);
    open(state, channel, numberOf(ack, 'idleMs'));
  }
}

function open(state: State, channel: Channel, idleMs: number | undefined): void {
  const { selector } = state;
  const { transport } = channel;
  channel.acked = true;
  state.listened = state.joins;
  selector.mute = 0;
  state.suspect = false;
  channel.idleMs = Math.min(longestMs, idleMs ?? channel.idleMs);
  if (!endless(transport)) state.heldMs = channel.idleMs;
  state.probe = endless(transport) && !selector.proven;
  planUp(selector, state.now, draw(state));
  enter(state, 'open');
  if (selector.reported !== transport) emit(state, 'transport', transport, selector.why);
  selector.reported = transport;
}

// Asks again for the missing events; if that did not help, the application gets a gap.
function bridge(state: State, next: Cursor, to: number): boolean {
  const item = countHole(state, next, to);
  if (item) handOver(state, { item, place: next });
  else lost(state, { code: 'cut', reason: 'something is missing' });
  return item !== undefined;
}

function received(state: State, channel: Channel, event: WireEvent): void {
  const placed = itemOf(event);
  if (!placed || !channel.acked) {
    lost(state, { code: placed ? 'malformed' : 'bad-cursor' });
    return;
  }
  reportOversized(state, placed);
  const verdict = judge(state, placed);
  const { place } = placed;
  if (verdict === 'drop') {
    // The server does not know yet that we have it.
    state.unacked += 1;
    if (state.readers.size === 0) state.ackAt = state.now;
  } else if (
    verdict === 'take' ||
    bridge(state, { ...place, text: state.at?.text ?? '', position: place.position - 1 }, place.position - 1)
  ) {
    channel.progress = true;
    handOver(state, placed);
  }
}

/**
 * The request of the data channel has ended.
 *
 * @param failure - undefined if the request ended without one; it is complete only if its end marker came, too.
 */
export function ended(state: State, channel: Channel, failure: Failure | undefined): void {
  const { nextMs, held, progress, sentAt } = channel;
  if (failure || nextMs === undefined) {
    lost(state, failure ?? { code: 'cut' }, failure?.code === 'unsupported');
    return;
  }
  state.channel = undefined;
  state.refresh = true;
  // Every listen is answered; whether answers that are held get through only they can show.
  if (held && (progress || state.now - sentAt >= livedMs)) recover(state.data);
  // The answer to a listen has no events yet. A long poll is asked again at once, unless the server gives empty answers as fast
  // as it is asked, or is about to close.
  const spinning = held && !progress && state.now - sentAt < spinMs;
  state.data.at = state.now + (held ? nextMs : 0);
  if (spinning) state.data.at = state.now + Math.max(spinMs, nextMs);
}

/** Gives the channel up for a failure and plans another. */
export function lost(state: State, failure: Failure, own = true): void {
  const { channel, data, now } = state;
  if (!channel) return;
  report(state, failure);
  dropChannel(state);
  if (failure.code === 'unknown-session') {
    loseSession(state, failure);
    return;
  }
  const { acked, progress = false, transport, sentAt } = channel;
  const worked = acked && now - sentAt >= livedMs;
  if (worked || progress) recover(data);
  blame(state, channel, failure, worked);
  // Some transports are not told why a request failed; the control channel is.
  state.greet ||= !acked && (foreign(transport) || state.suspect === true);
  // Where the client itself gave up, no other does at the same moment; in the middle of a flow of events a pause would be felt.
  if (own || progress || channel.held) hurry(data);
  countFailure(data, now, draw(state), failure.retryMs, acked && !worked && !progress);
  interrupted(state, failure, data.at);
}

// What the failure says of the transport.
function blame(state: State, { acked, transport }: Channel, failure: Failure, worked: boolean): void {
  const [{ selector }, { code, status }] = [state, failure];
  if (code === 'buffered' || code === 'unsupported') leave(state, transport, code);
  else if (code === 'silent' ? !selector.proven : !worked && (acked || status)) strike(selector);
  // It never said a word: the transport is at fault when the server answers on the other channel.
  else if (!worked && endless(transport)) state.suspect = true;
  else if (worked) lived(selector);
}

// An endless answer of which nothing comes is held back on the way. A finite one cannot be: then it is the network.
function leave(state: State, transport: Channel['transport'], why: 'buffered' | 'unsupported'): void {
  const { selector, data } = state;
  if (why === 'unsupported') emit(state, 'error', { code: why, reason: transport });
  if (!endless(transport)) moveTo(selector, 0, 'better');
  else if (moveDown(selector, why)) recover(data);
  else if (why === 'unsupported') selector.pinned = undefined;
}
