import type { ControlEvent } from '@cometkit/codec';
import { control } from '../call.ts';
import { answersIn } from '../dialects/answers-in.ts';
import type { Poll } from '../poll.ts';
import { contextOf } from '../session-context.ts';

/**
 * Picks a random time that a pull or poll client waits.
 *
 * @returns milliseconds.
 */
export function drawWait({ service, session, format }: Poll): number {
  const { pullWaitMs, pollWaitMs, runtime } = service.settings;
  const mode = contextOf(session)?.mode ?? 'long-poll';
  const { min, max } = mode === 'poll' ? pollWaitMs : pullWaitMs;
  return answersIn(format).waitMs(mode) ?? runtime.randomInteger(min, max);
}

/**
 * Makes the event that ends the answer of a pull or poll client and says when to come back.
 *
 * @remarks
 * `url` is a path that contains the cursor, so that following it acknowledges the answer; it never names a host.
 *
 * @param waitMs - in milliseconds.
 */
export function refreshEvent({ service, session, path, format }: Poll, waitMs: number): ControlEvent {
  return {
    event: 'refresh',
    fields: [
      ['waitMs', waitMs],
      ['url', `${path}?${answersIn(format).refreshQuery(session, format)}`],
      ['time', service.time],
    ],
  };
}

/** The event that begins the answer to a `refresh`. */
export function refreshAck({ service, session, format }: Poll): ControlEvent {
  return control('refresh-ack', [
    ['time', service.time],
    ['generation', format.cursors ? session.generation : undefined],
  ]);
}
