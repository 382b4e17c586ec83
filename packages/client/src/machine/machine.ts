import { compilePattern } from '../pattern.ts';
import { ended, heard, lost, planChannel } from './channel.ts';
import { failed, finished, planControl, replied } from './control.ts';
import { parseCursor } from './cursor.ts';
import { hold, readerTimes, release, watchReaders } from './hold.ts';
import type { Effect, Input, Inputs } from './inputs.ts';
import { close, dropChannel, reopen } from './lifecycle.ts';
import { flowed, isFlowing } from './probe.ts';
import { never, type State } from './state.ts';
import { asksForPast, createTask } from './tasks.ts';
import { chosen, endless, moveTo } from './transport-selector.ts';
import { overdueAt, silentAt, slept, stalledMs, stoodStill, tickMs } from './watchdog.ts';

/**
 * Takes one input and returns the effects to perform: the whole behaviour of a client, without clock, randomness or I/O.
 *
 * The same inputs at the same times give the same effects.
 *
 * @param state - belongs to the caller and is changed in place.
 * @param now - milliseconds of a monotonic clock.
 */
export function step(state: State, input: Input, now: number): readonly Effect[] {
  const [name, first, second, third] = input as readonly [Input[0], ...unknown[]];
  if (state.phase === 'closed' && !forClosed.has(name)) return [];
  const before = state.now;
  state.now = now;
  if (slept(before, now)) handlers.wake(state);
  (handlers[name] as (state: State, ...args: unknown[]) => void)(state, first, second, third);
  if (isClosed(state) && state.reopen) reopen(state);
  if (!isClosed(state)) {
    watchReaders(state);
    planChannel(state);
    planControl(state);
  }
  const { out } = state;
  state.out = [];
  return out;
}

/**
 * Returns when the machine needs its next tick.
 *
 * @returns milliseconds of the clock of {@link step}.
 */
export function deadline(state: State): number {
  const { request, channel, control, data, ackAt, selector, now } = state;
  const times = readerTimes(state);
  times.push(control.at, data.at, ackAt, selector.upAt);
  if (channel) times.push(silentAt(channel));
  if (request) times.push(overdueAt(request));
  let next = now + tickMs;
  for (const time of times) if (time > now && time < next) next = time;
  return next;
}

// What a closed client still takes: its subscriptions stand for the next opening.
const forClosed: ReadonlySet<Input[0]> = new Set(['open', 'subscribe', 'unsubscribe']);

// TypeScript would remember that the state was not closed before the handlers ran.
function isClosed(state: State): boolean {
  return state.phase === 'closed';
}

const handlers: { readonly [Name in keyof Inputs]: (state: State, ...args: Inputs[Name]) => void } = {
  data(state, requestId, events, size = 0) {
    const { channel, request, now } = state;
    if (channel?.requestId === requestId) {
      channel.heardAt = now;
      state.unackedSize += size;
      flowed(channel, size);
      for (const event of events) if (state.channel === channel) heard(state, channel, event);
    } else if (request?.requestId === requestId) {
      request.heardAt = now;
      for (const event of events) if (state.request === request) replied(state, request, event);
    }
  },

  end(state, requestId, failure) {
    const { channel, request } = state;
    if (channel?.requestId === requestId) ended(state, channel, failure);
    else if (request?.requestId === requestId) finished(state, request, failure);
  },

  tick(state) {
    const { request, selector, now } = state;
    if (request && now >= overdueAt(request)) failed(state, { code: 'timeout' });
    const { channel } = state;
    // After a standstill of its own the client first looks at what came meanwhile.
    if (channel && stoodStill(channel, now)) channel.probeAt = now + stalledMs;
    else if (channel && now >= silentAt(channel)) silent(state, now >= channel.probeAt);
    else if (channel?.acked && now >= selector.upAt) {
      moveTo(selector, 0, 'better');
      dropChannel(state);
    }
  },

  // After a sleep nothing is known of the connections: what waits is tried at once, what is open has to show itself.
  wake(state) {
    const { channel, selector, now, control, data } = state;
    control.at = Math.min(control.at, now);
    data.at = Math.min(data.at, now);
    if (selector.rung > 0 && !selector.pinned) selector.upAt = now;
    if (!channel?.acked) return;
    channel.woken = true;
    if (endless(channel.transport)) state.probe = true;
    else dropChannel(state);
  },

  close(state) {
    state.reopen = false;
    if (state.phase === 'closing') return;
    state.control.at = 0;
    close(state, { code: 'closed' });
  },

  // One that is still leaving leaves first.
  open(state) {
    state.reopen = state.phase === 'closing' || isClosed(state);
  },

  use(state, transport) {
    const { selector } = state;
    const before = chosen(selector);
    selector.pinned = transport === 'auto' ? undefined : transport;
    moveTo(selector, selector.pinned ? selector.rung : 0, 'asked');
    if (chosen(selector) === before) return;
    state.data.at = state.now;
    dropChannel(state);
  },

  subscribe(state, requestId, pattern, fields) {
    const task = createTask(requestId, fields, compilePattern(pattern, state.matching));
    // What is asked for before the join of a client that resumes counts from where it resumes. Later only the server knows where
    // it begins: a listen whose answer was lost has been carried out.
    if (asksForPast(task)) task.at = parseCursor(fields['since']);
    else if (state.at && !state.joins) {
      task.status = 'lost';
      task.at = state.at;
    }
    state.tasks.set(requestId, task);
  },

  unsubscribe(state, requestId) {
    const task = state.tasks.get(requestId);
    state.tasks.delete(requestId);
    if (!task?.matcher) return;
    // One that is being asked for is ended when its answer comes, which may be before the other answers of its batch; one
    // that was asked for in vain may be there all the same.
    if (task.status !== 'live' && state.request?.entries.some((entry) => entry.task === task)) return;
    if (task.sid) state.ends.add(task.sid);
    else if (task.sent > 0) state.ghosts.add(requestId);
  },

  publish(state, requestId, fields) {
    state.tasks.set(requestId, createTask(requestId, fields));
  },

  hold,
  release,
};

function silent(state: State, probed: boolean): void {
  const { channel, selector } = state;
  if (probed && channel && isFlowing(channel)) {
    channel.probeAt = never;
    state.probe = true;
    return;
  }
  const code = !channel?.acked || (probed && !selector.proven) ? 'buffered' : 'silent';
  if (probed) selector.proven = false;
  lost(state, { code });
}
