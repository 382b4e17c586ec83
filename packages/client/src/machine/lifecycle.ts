import type { Failure } from '../errors.ts';
import { countFailure, hurry, recover } from './backoff.ts';
import { parseCursor } from './cursor.ts';
import { forgetCounts, forgetTold, planAck } from './hold.ts';
import { advance } from './sequencer.ts';
import { draw, emit, type State } from './state.ts';
import { interrupt, pass, type Task } from './tasks.ts';
import { tooLarge } from './too-large.ts';
import type { Placed } from './wire.ts';

// A fourth of the server's window may pass before a stream's server is told what arrived: what comes while the acknowledgement
// is under way has to fit into the rest.
const windowParts = 4;
// A session that was lost sooner would be joined ever faster (milliseconds).
const lastedMs = 5000;
// So many of those in a row, turned away by an answer, are told to the application.
const maxStrays = 3;

/** Enters a phase and says so. */
export function enter(state: State, phase: Exclude<State['phase'], 'closing'>): void {
  if (phase === 'open') state.reported = undefined;
  if (state.phase !== phase) emit(state, 'state', phase);
  state.phase = phase;
}

/** Hands an item over: the cursor moves, and an acknowledgement will follow. */
export function handOver(state: State, placed: Placed): void {
  const { at } = state;
  const item = advance(state, placed);
  forgetTold(state);
  emit(state, 'item', item, at);
  // On the first channel of a session the log has been this one since the join.
  if (item.kind === 'gap' && item.reason === 'fork' && state.channel?.again) state.life += 1;
  const subject = item.kind === 'data' ? item.subject : placed.subject;
  // What the server says to this client alone: others are named in `from`.
  const system = item.kind === 'data' && !item.from && item.to === state.id && /^.\$/.test(item.subject);
  if (system && item.subject === '/$token') state.renew = true;
  for (const task of state.tasks.values()) {
    const { matcher } = task;
    if (!matcher || system || (subject !== undefined && !matcher.test(subject))) continue;
    if (task.status !== 'live') task.held.push(item);
    else deliver(state, task, { item, place: placed.place });
  }
  state.unacked += 1;
  const { unacked, window, unackedSize, windowSize } = state;
  planAck(state, unacked * windowParts >= window || unackedSize * windowParts >= windowSize);
}

/** Hands an item to a subscription that is still wanted, as far as it has not passed it. */
function deliver(state: State, task: Task, { item, place }: Placed): void {
  const { requestId, at: before } = task;
  const passed = pass(task, item, place, state.life);
  if (passed && state.tasks.has(requestId)) emit(state, 'deliver', requestId, passed, before);
}

/** Hands over what was held for a subscription that has just been confirmed, oldest first. */
export function deliverHeld(state: State, task: Task): void {
  for (let item = task.held.shift(); item; item = task.held.shift()) {
    const place = parseCursor(item.cursor);
    if (place) deliver(state, task, { item, place });
  }
}

/** Tells the application once that events are longer than it takes in. */
export function reportOversized(state: State, { item }: Placed): void {
  if (state.oversized || item.kind === 'data' || item.reason !== 'too-large') return;
  state.oversized = true;
  emit(state, 'error', tooLarge(state.maxEventChars, 'an event is longer'));
}

/** Hands over an item of the past that a subscription asked for. */
export function deliverPast(state: State, task: Task, placed: Placed): void {
  reportOversized(state, placed);
  if (placed.item.kind === 'gap') emit(state, 'missing', placed.item);
  deliver(state, task, placed);
}

/** Gives the data channel up. Nothing that it still brings will be looked at. */
export function dropChannel(state: State): void {
  if (state.channel) emit(state, 'abort', state.channel.requestId);
  state.channel = undefined;
  state.refresh = false;
}

/** Gives the control request up. */
export function dropRequest(state: State): void {
  if (state.request) emit(state, 'abort', state.request.requestId);
  state.request = undefined;
}

/** Ends a task for a failure. */
export function refuse(state: State, requestId: number, failure: Failure): void {
  if (state.tasks.delete(requestId)) emit(state, 'settled', requestId, failure);
}

/**
 * Notes that the session has ended: the client joins another one and continues from its cursor.
 *
 * A message without an answer is rejected as `unconfirmed`, since sending it again could publish it twice.
 *
 * @param reported - true when the server says so unasked, to all of its clients at once: they must not come back all at once.
 */
export function loseSession(state: State, failure: Failure, reported = false): void {
  dropChannel(state);
  dropRequest(state);
  state.id = undefined;
  state.renew = false;
  state.ends.clear();
  state.ghosts.clear();
  state.revoked.clear();
  for (const task of state.tasks.values()) {
    if (!task.matcher && task.sent > 0) refuse(state, task.requestId, { code: 'unconfirmed' });
    interrupt(task);
  }
  // One that lasted was lost while the network was away, and it is the server itself that says so now: to join is not to
  // wait for what had failed before.
  const lasted = state.now - state.joinedAt >= lastedMs;
  if (lasted) recover(state.control);
  // The server's words say why: of several processes each knows its own sessions only.
  state.strays = lasted || !failure.status ? 0 : state.strays + 1;
  if (state.strays === maxStrays) emit(state, 'error', failure);
  const first = state.control.since === undefined;
  if (state.phase === 'closing') enter(state, 'closed');
  else retryControl(state, failure, first && !reported);
}

/** Reopens a closed client: it joins again and continues from its cursor. */
export function reopen(state: State): void {
  const { now, control, data } = state;
  state.reopen = false;
  state.refusal = undefined;
  state.id = undefined;
  // Another word for the join: the server may take one that it knows for a repetition, with the credentials of then.
  state.joins += 1;
  state.ends.clear();
  state.ghosts.clear();
  state.revoked.clear();
  for (const backoff of [control, data]) {
    recover(backoff);
    backoff.at = now;
  }
  // What was taken back at the close was not acknowledged.
  state.acked = undefined;
  state.readers.clear();
  state.untold.length = 0;
  forgetCounts(state);
  enter(state, 'connecting');
}

/** Plans the next control request behind a failure; at once when the attempt that failed had waited already. */
export function retryControl(state: State, failure: Failure, atOnce = false): void {
  if (atOnce || failure.code === 'timeout') hurry(state.control);
  countFailure(state.control, state.now, draw(state), failure.retryMs);
  if (state.id === undefined) interrupted(state, failure, state.control.at);
}

/** Tells the application that the stream is interrupted, and when it is tried again. */
export function interrupted(state: State, failure: Failure, at: number): void {
  if (state.phase === 'open') enter(state, 'reconnecting');
  emit(state, 'retry', failure, Math.max(0, at - state.now));
}

const defects: ReadonlySet<Failure['code']> = new Set(['malformed', 'too-large', 'bad-cursor']);

/** Tells the application of what it or its server does wrong: no trouble of the network. */
export function report(state: State, failure: Failure): void {
  const { code, status, serverCode } = failure;
  // A 404 that is not ours: nothing of ours stands at the address.
  const lasting = code === 'invalid' || code === 'redirected' || (status === 404 && !serverCode);
  if (!lasting && !defects.has(code)) return;
  // A lasting error is reported once for as long as it lasts.
  if (!lasting || state.reported !== code) emit(state, 'error', failure);
  if (lasting) state.reported = code;
}

/**
 * Rejects every message and interrupts every subscription; a session is left at the server afterwards.
 * The subscriptions stay in the table, for a client that is opened again.
 */
export function close(state: State, failure: Failure): void {
  dropChannel(state);
  dropRequest(state);
  for (const task of state.tasks.values()) {
    if (task.matcher) {
      interrupt(task);
      emit(state, 'settled', task.requestId, failure);
    } else refuse(state, task.requestId, failure);
  }
  if (state.id === undefined) enter(state, 'closed');
  else state.phase = 'closing';
}
