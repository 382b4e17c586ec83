import { refuse } from './lifecycle.ts';
import type { Channel, State } from './state.ts';
import type { Task } from './tasks.ts';
import { textOf, type WireEvent } from './wire.ts';

/** Ends the subscription that a channel says was taken away. */
export function revoked(state: State, channel: Channel, event: WireEvent): void {
  // An answer that brings news is not an empty one.
  if (end(state, textOf(event, 'subscription'))) channel.progress = true;
}

/** Ends those that a new channel lists: earlier words may have been lost. */
export function revokedBefore(state: State, ack: WireEvent): void {
  for (const sid of (textOf(ack, 'revoked') ?? '').split(',')) end(state, sid);
}

/** Refuses a task whose subscription was taken away. */
export function refuseTaken(state: State, { requestId }: Task): void {
  refuse(state, requestId, {
    code: 'refused',
    reason: 'the server took the subscription away',
    serverCode: 'revoked',
  });
}

// Returns whether that is news.
function end(state: State, sid: string | undefined): boolean {
  if (!sid || state.revoked.has(sid)) return false;
  state.revoked.add(sid);
  state.ends.delete(sid);
  for (const task of state.tasks.values())
    if (task.sid === sid && task.status === 'live') refuseTaken(state, task);
  return true;
}
