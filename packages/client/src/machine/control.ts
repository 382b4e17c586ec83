import type { Failure } from '../errors.ts';
import { recover } from './backoff.ts';
import { parseCursor } from './cursor.ts';
import { acknowledge } from './hold.ts';
import {
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
import { fieldsOfAll, nextEntries } from './next-entries.ts';
import { beginProbe, probeAnswered } from './probe.ts';
import { isRebuffed } from './rebuff.ts';
import { type ControlRequest, type Entry, emit, type State } from './state.ts';
import { refuseTaken } from './taken-away.ts';
import { isAfter, type Task } from './tasks.ts';
import { muted } from './transport-selector.ts';
import { itemOf, numberOf, textOf, type WireEvent, type WireFields } from './wire.ts';

// A session whose channel was open so long is one that lasts (milliseconds).
const lastsMs = 1000;

/** Sends the next control request, when none is under way and it is time. */
export function planControl(state: State): void {
  const { now, id, channel, unacked } = state;
  if (state.request || state.gathering || now < state.control.at) return;
  const requestId = state.last + 1;
  const own = id === undefined || state.proof || state.renew || state.phase === 'closing';
  const entries = own ? [] : nextEntries(state);
  const fields = entries.length > 0 ? fieldsOfAll(state, entries) : ownFields(state, requestId);
  if (!fields) return;
  state.last = requestId;
  const kind = fields['type'] as string;
  const asked = entries.length > 0 ? entries : [{ task: undefined, sid: undefined, items: 0 }];
  state.request = { requestId, kind, entries: asked, index: 0, sentAt: now, heardAt: now };
  if (fields['probe'] && channel) beginProbe(channel, requestId);
  state.greet = false;
  if (kind === 'renew') state.renew = false;
  const ack = id === undefined || unacked > 0 ? acknowledge(state) : undefined;
  emit(state, 'open', requestId, 'control', { ...fields, session: id, key: id && state.key, ack });
}

function ownFields(state: State, requestId: number): WireFields | undefined {
  const { id, phase, channel, unacked, now, ackAt } = state;
  if (id === undefined) return { type: 'join', nonce: `${state.clientId}-${state.joins}`, version: 1 };
  if (phase === 'closing') return { type: 'leave' };
  if (state.probe && channel?.acked) {
    state.probe = false;
    return { type: 'heartbeat', probe: requestId };
  }
  if (state.renew) return { type: 'renew' };
  if (unacked > 0 && now >= ackAt) return { type: 'ack' };
  return state.greet || state.proof ? { type: 'heartbeat' } : undefined;
}

/** Takes one event of the answer to the control request. */
export function replied(state: State, request: ControlRequest, event: WireEvent): void {
  const kind = event.event;
  if (kind === 'data' || kind === 'gap') {
    past(state, request, event);
    return;
  }
  emit(state, 'wire', event);
  if (kind === 'abort') {
    loseSession(state, { code: 'unknown-session', retryMs: numberOf(event, 'retryMs') });
    return;
  }
  if (request.index + 1 < request.entries.length && entryOf(request).answer && !next(state, request)) return;
  const entry = entryOf(request);
  entry.answer ??= event;
  const { task } = entry;
  if (!task?.matcher) return;
  task.sid = textOf(event, 'subscription');
  task.from = parseCursor(event.fields.get('from'));
}

// Goes on to the next answer of a batch, if the one before it is whole.
function next(state: State, request: ControlRequest): boolean {
  const fault = settle(state, entryOf(request));
  if (fault) failed(state, fault);
  else request.index += 1;
  return !fault;
}

function past(state: State, request: ControlRequest, event: WireEvent): void {
  const entry = entryOf(request);
  const placed = itemOf(event);
  if (!entry.task?.sid || !placed) {
    failed(state, { code: 'malformed' });
    return;
  }
  entry.items += 1;
  // Nothing of what came before an earlier answer was cut off.
  deliverPast(state, entry.task, placed);
}

/** The control request has ended. */
export function finished(state: State, request: ControlRequest, failure: Failure | undefined): void {
  const { requestId, kind, sentAt, entries } = request;
  const entry = entryOf(request);
  const { answer } = entry;
  const fault = failure ?? (entries.length > 1 ? settle(state, entry) : faultOf(entry, kind));
  if (fault) {
    failed(state, fault);
    return;
  }
  const { channel, now, control } = state;
  state.request = undefined;
  if (carries(entry)) state.rebuffs = 0;
  else state.proof = false;
  if (state.suspect) state.showKey = !state.showKey;
  state.suspect &&= muted(state.selector);
  // A session that is lost as soon as it is joined must not be joined ever faster.
  if (channel?.progress || (channel?.acked && now - channel.sentAt >= lastsMs)) recover(control);
  // What has no answer still counts as sent: an answer that was cut off may look whole.
  if (entries.length > 1) return;
  if (carries(entry)) accepted(state, entry);
  else if (kind === 'join') joined(state, answer as WireEvent);
  else if (kind === 'leave') enter(state, 'closed');
  else if (answer && channel?.probe === requestId && numberOf(answer, 'probe') === requestId)
    probeAnswered(state, channel, answer, sentAt);
}

// A request of the client's own carries nothing of the application.
function carries({ task, sid, ghost }: Entry): boolean {
  return Boolean(task || sid || ghost);
}

function entryOf({ entries, index }: ControlRequest): Entry {
  return entries[index] as Entry;
}

// Takes note of the answer to one command of a batch. A refusal is its own; what else is wrong is the whole request's.
function settle(state: State, entry: Entry): Failure | undefined {
  const fault = faultOf(entry, 'batch');
  // No command of ours is unknown: what an older server does not know is the batch.
  if (fault?.serverCode === 'unknown-command') return fault;
  if (fault?.code === 'refused') giveUp(state, entry, fault);
  else if (!fault) accepted(state, entry);
  return fault?.code === 'refused' ? undefined : fault;
}

// Refusals with which a request would have had a status of 500 or more: what was refused is sent again.
const passing: ReadonlySet<string | undefined> = new Set([
  'internal',
  'too-busy',
  'too-many-sessions',
  'uncertain',
]);

// What is wrong with an answer that came to its end.
function faultOf({ answer, items }: Entry, kind: string): Failure | undefined {
  if (!answer) return { code: 'malformed' };
  if (answer.event === 'refused') {
    const [reason, serverCode] = [textOf(answer, 'reason'), textOf(answer, 'code')];
    return { code: passing.has(serverCode) ? 'server' : 'refused', reason, serverCode };
  }
  if (kind === 'join' && !(textOf(answer, 'session') && textOf(answer, 'key'))) return { code: 'malformed' };
  return items < (numberOf(answer, 'past') ?? 0) ? { code: 'cut' } : undefined;
}

function joined(state: State, answer: WireEvent): void {
  state.at ??= parseCursor(answer.fields.get('cursor'));
  state.id = textOf(answer, 'session');
  state.key = textOf(answer, 'key');
  state.joins += 1;
  state.life += 1;
  state.joinedAt = state.now;
  state.alone = false;
  state.data.at = state.now;
  emit(state, 'joined', state.id ?? '');
}

function accepted(state: State, { task, sid: ended, ghost }: Entry): void {
  if (ended) state.ends.delete(ended);
  if (ghost) state.ghosts.delete(ghost);
  if (!task) return;
  const { requestId, sid, matcher, fields } = task;
  const wanted = state.tasks.has(requestId);
  if (!matcher) state.tasks.delete(requestId);
  else if (!wanted && sid) state.ends.add(sid);
  if (!wanted) return;
  if (sid && state.revoked.has(sid)) {
    refuseTaken(state, task);
    return;
  }
  emit(state, 'settled', requestId, undefined, sid);
  // One that is made anew goes on where it stands, wherever the session resumes.
  if (task.status === 'new') begin(state, task);
  task.status = 'live';
  task.fields = { ...fields, since: undefined, last: undefined, latest: undefined };
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
  const { entries, kind } = request;
  const [first] = entries as [Entry];
  const asked = carries(first);
  if (!asked) state.rebuffs = 0;
  report(state, failure);
  dropRequest(state);
  // Whether the server learned of the place reached is not known.
  state.unacked += 1;
  for (const { task } of entries)
    if (task?.matcher && !state.tasks.has(task.requestId)) state.ghosts.add(task.requestId);
  if (state.phase === 'closing') enter(state, 'closed');
  else if (failure.code === 'refused' || (asked && isRebuffed(state, failure)))
    if (entries.length > 1) split(state, entries);
    else refused(state, first, kind, { ...failure, code: 'refused' });
  else if (failure.code === 'unknown-session') {
    // The answer to the first attempt says for certain that the message was not accepted.
    for (const { task } of entries) if (task?.sent === 1) task.sent = 0;
    loseSession(state, failure);
  } else {
    // Sent again under its own id it names the same subscription, and its past comes again.
    retryControl(state, failure);
    state.renew ||= kind === 'renew';
  }
}

// The server takes no batch of that size, or none of messages; one by one it says what it has against them.
function split(state: State, entries: readonly Entry[]): void {
  const [{ task }] = entries as [Entry];
  if (task && !task.matcher) state.alone = true;
  else state.batch = Math.max(1, Math.floor(entries.length / 2));
  state.rebuffs = 0;
  state.control.at = state.now;
}

function refused(state: State, entry: Entry, kind: string, failure: Failure): void {
  state.rebuffs = 0;
  giveUp(state, entry, failure);
  if (kind !== 'join') return;
  emit(state, 'error', failure);
  state.refusal = failure;
  close(state, failure);
}

function giveUp(state: State, { task, sid, ghost }: Entry, failure: Failure): void {
  if (sid) state.ends.delete(sid);
  if (ghost) state.ghosts.delete(ghost);
  if (task) refuse(state, task.requestId, failure);
}
