import type { Failure } from '../errors.ts';
import { recover } from './backoff.ts';
import { muted } from './choice.ts';
import { parsePlace } from './cursor.ts';
import {
  acknowledged,
  close,
  deliverHeld,
  deliverPast,
  dropRequest,
  enter,
  loseSession,
  refuse,
  report,
  retryControl,
} from './lifecycle.ts';
import { beginProbe, probeAnswered } from './probe.ts';
import { type ControlRequest, emit, type State } from './state.ts';
import { fieldsOf, isAfter, type Task } from './tasks.ts';
import { itemOf, numberOf, textOf, type WireEvent, type WireFields } from './wire.ts';

// A session whose channel was open so long is one that lasts. Units: ms.
const lastsMs = 1000;

/** Sends the next control request, when none is under way and it is time. */
export function planControl(state: State): void {
  const { now, id, word, channel, unacked } = state;
  if (state.request || now < state.control.at) return;
  const of = state.last + 1;
  const task = id === undefined || state.phase === 'closing' ? undefined : nextTask(state);
  // A subscription that is made anew waits for the end of its old self; before the first listen nothing may wait.
  const [sid] = task?.status === 'lost' ? [] : state.ends;
  const fields = sid
    ? { p_event: 'unsubscribe', p_sid: sid }
    : task
      ? fieldsOf(task, word)
      : ownFields(state, of);
  if (!fields) return;
  state.last = of;
  state.request = {
    of,
    kind: fields['p_event'] as string,
    task: sid ? undefined : task,
    sid,
    sentAt: now,
    heardAt: now,
    items: 0,
  };
  if (fields['p_probe'] && channel) beginProbe(channel, of);
  acknowledged(state);
  state.greet = false;
  const p_ack = id === undefined || unacked > 0 ? state.at?.text : undefined;
  emit(state, 'open', of, 'control', { ...fields, p_id: id, p_key: id && state.key, p_ack });
}

// What must be there before the session listens comes first, then the order of the application.
function nextTask({ tasks }: State): Task | undefined {
  const waiting = [...tasks.values()].filter((task) => task.status !== 'live');
  return waiting.find((task) => task.status === 'lost') ?? waiting[0];
}

function ownFields(state: State, of: number): WireFields | undefined {
  const { id, phase, channel, unacked, now, ackAt } = state;
  if (id === undefined) return { p_event: 'join', p_nonce: `${state.word}-${state.joins}`, p_ver: 1 };
  if (phase === 'closing') return { p_event: 'leave' };
  if (state.probe && channel?.acked) {
    state.probe = false;
    return { p_event: 'hb', p_probe: of };
  }
  if (unacked > 0 && now >= ackAt) return { p_event: 'ack' };
  return state.greet ? { p_event: 'hb' } : undefined;
}

/** Takes one event of the answer to the control request. */
export function replied(state: State, request: ControlRequest, event: WireEvent): void {
  const { task } = request;
  const kind = event.event;
  if (kind === 'data' || kind === 'gap') {
    past(state, request, event);
    return;
  }
  emit(state, 'wire', event);
  if (kind === 'abort') {
    loseSession(state, { code: 'unknown-session', retryMs: numberOf(event, 'p_retry') });
    return;
  }
  request.answer ??= event;
  if (!task?.matcher) return;
  task.sid = textOf(event, 'p_sid');
  task.from = parsePlace(event.fields.get('p_from'));
}

function past(state: State, request: ControlRequest, event: WireEvent): void {
  const { task } = request;
  const placed = itemOf(event);
  if (!task?.sid || !placed) {
    failed(state, { code: 'malformed' });
    return;
  }
  request.items += 1;
  // Nothing of what came before an earlier answer was cut off.
  deliverPast(state, task, placed);
}

/** The control request has ended. */
export function finished(state: State, request: ControlRequest, failure: Failure | undefined): void {
  const fault = failure ?? faultOf(request);
  if (fault) {
    failed(state, fault);
    return;
  }
  const { answer, task, sid, of, kind, sentAt } = request;
  const { channel, now, control } = state;
  state.request = undefined;
  state.suspect &&= muted(state.choice);
  // A session that is lost as soon as it is joined must not be joined ever faster.
  if (channel?.progress || (channel?.acked && now - channel.sentAt >= lastsMs)) recover(control);
  if (sid) state.ends.delete(sid);
  else if (task) accepted(state, task);
  else if (kind === 'join') joined(state, answer as WireEvent);
  else if (kind === 'leave') enter(state, 'closed');
  else if (answer && channel?.probe === of && numberOf(answer, 'p_probe') === of)
    probeAnswered(state, channel, answer, sentAt);
}

// What is wrong with an answer that came to its end.
function faultOf({ answer, kind, items }: ControlRequest): Failure | undefined {
  if (!answer) return { code: 'malformed' };
  if (answer.event === 'nack') {
    const [reason, serverCode] = [textOf(answer, 'p_reason'), textOf(answer, 'p_code')];
    const busy = serverCode === 'too-many-sessions' || serverCode === 'too-busy';
    return { code: busy ? 'server' : 'refused', reason, serverCode };
  }
  if (kind === 'join' && !(textOf(answer, 'p_id') && textOf(answer, 'p_key'))) return { code: 'malformed' };
  return items < (numberOf(answer, 'p_past') ?? 0) ? { code: 'cut' } : undefined;
}

function joined(state: State, answer: WireEvent): void {
  state.at ??= parsePlace(answer.fields.get('p_cur'));
  state.id = textOf(answer, 'p_id');
  state.key = textOf(answer, 'p_key');
  state.joins += 1;
  state.life += 1;
  state.joinedAt = state.now;
  state.data.at = state.now;
  emit(state, 'joined', state.id ?? '');
}

function accepted(state: State, task: Task): void {
  const { of, sid, matcher, fields } = task;
  const wanted = state.tasks.has(of);
  if (!matcher) state.tasks.delete(of);
  else if (!wanted && sid) state.ends.add(sid);
  if (!wanted) return;
  emit(state, 'settled', of, undefined, sid);
  // One that is made anew goes on where it stands, wherever the session resumes.
  if (task.status === 'new') begin(state, task);
  task.status = 'live';
  task.fields = { ...fields, p_since: undefined, p_last: undefined, p_latest: undefined };
  deliverHeld(state, task);
}

// With its past, if it asked for one, the application has everything up to where the live events begin.
function begin(state: State, task: Task): void {
  const { from, at } = task;
  if (!from || !isAfter(from, at)) return;
  task.at = from;
  task.life = state.life;
}

/** The control request has failed, or was refused. What was to be asked is asked again, unless it was refused. */
export function failed(state: State, failure: Failure): void {
  const { request } = state;
  if (!request) return;
  const { task } = request;
  report(state, failure);
  dropRequest(state);
  // Whether the server learned of the place reached is not known.
  state.unacked += 1;
  if (state.phase === 'closing') enter(state, 'closed');
  else if (failure.code === 'refused') refused(state, request, failure);
  else if (failure.code === 'unknown-session') {
    // The answer to the first attempt says for certain that the message was not accepted.
    if (task?.sent === 1) task.sent = 0;
    loseSession(state, failure);
  }
  // Sent again under its own id it names the same subscription, and its past comes again.
  else retryControl(state, failure);
}

function refused(state: State, { task, sid, kind }: ControlRequest, failure: Failure): void {
  if (sid) state.ends.delete(sid);
  if (task) refuse(state, task.of, failure);
  if (kind !== 'join') return;
  emit(state, 'error', failure);
  state.refusal = failure;
  close(state, failure);
}
