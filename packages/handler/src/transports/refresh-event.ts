import type { ControlEvent } from '@cometkit/codec';
import { answersIn } from '../dialects/answers-in.ts';
import type { Poll } from '../poll.ts';
import { contextOf } from '../session-context.ts';

/**
 * Picks a random time that a long-poll or poll client waits.
 *
 * @returns milliseconds.
 */
export function drawWait({ handler, session, format }: Poll): number {
  const { longPollWaitMs, pollWaitMs, runtime } = handler.settings;
  const mode = contextOf(session)?.mode ?? 'long-poll';
  const { min, max } = mode === 'poll' ? pollWaitMs : longPollWaitMs;
  return answersIn(format).waitMs(mode) ?? runtime.randomInteger(min, max);
}

/**
 * Makes the event that ends the answer of a long-poll or poll client and says when to come back.
 *
 * @remarks
 * `url` is a path that contains the cursor, so that following it acknowledges the answer; it never names a host.
 *
 * @param waitMs - in milliseconds.
 */
export function refreshEvent({ handler, session, path, format }: Poll, waitMs: number): ControlEvent {
  return {
    event: 'refresh',
    fields: [
      ['waitMs', waitMs],
      ['url', `${path}?${answersIn(format).refreshQuery(session, format)}`],
      ['time', handler.time],
    ],
  };
}

/** The event that begins the answer to a `refresh`. */
export function refreshAck({ handler, session, format }: Poll): ControlEvent {
  const time = ['time', handler.time] as const;
  const fields = format.cursors ? [time, ['generation', session.generation] as const] : [time];
  return { event: 'refresh-ack', fields };
}
