import type { Channel, ControlRequest } from './state.ts';
import { endless } from './transport-selector.ts';

/** How long the first word of an endless answer may take before it counts as held back on the way (milliseconds). */
export const bufferedMs = 5000;
/** The longest time between two ticks (milliseconds). */
export const tickMs = 5000;
/** A tick that is so late shows that the client itself stood still (milliseconds). */
export const stalledMs = 250;
/** How long an answer that is due at once may take, byte by byte (milliseconds). */
const answerMs = 10_000;
/** How long such an answer may take in all, however steadily it drips (milliseconds). */
const longestAnswerMs = 60_000;
/** How much longer than the server's heartbeat a channel may be silent (milliseconds). */
const graceMs = 5000;
/** How long a server that is left may take to take note (milliseconds). */
const leaveMs = 2000;

/** When a channel that says nothing more counts as dead. */
export function silentAt(channel: Channel): number {
  const { acked, sentAt, transport, probeAt } = channel;
  if (!acked) return sentAt + (endless(transport) ? bufferedMs : answerMs);
  return Math.min(quietAt(channel), probeAt);
}

/** Returns whether a requested heartbeat is overdue only because the client itself stood still. */
export function stoodStill(channel: Channel, now: number): boolean {
  return now - channel.probeAt > stalledMs && now < quietAt(channel);
}

function quietAt({ heardAt, idleMs }: Channel): number {
  return heardAt + idleMs + graceMs;
}

/** When the answer to a control request is overdue. */
export function overdueAt({ kind, heardAt, sentAt }: ControlRequest): number {
  return kind === 'leave' ? sentAt + leaveMs : Math.min(heardAt + answerMs, sentAt + longestAnswerMs);
}

/** Returns whether the client was suspended between two inputs: a sleeping computer, a frozen tab. */
export function slept(before: number, now: number): boolean {
  return now - before > 2 * tickMs;
}
