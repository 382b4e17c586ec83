import { type ControlEvent, carriesCursors } from '@cometkit/codec';
import { control } from '../call.ts';
import { contextOf } from '../session-context.ts';
import type { Poll } from './poll.ts';

/** Draws how long a pull or poll client is to wait. Units: milliseconds. */
export function drawWait({ service, session }: Poll): number {
  const { pullWaitMs, pollWaitMs, runtime } = service.settings;
  const { min, max } = contextOf(session)?.mode === 'poll' ? pollWaitMs : pullWaitMs;
  return runtime.randomInteger(min, max);
}

/**
 * The event that sends a pull or poll client away and tells it when to come back.
 *
 * Shape: `p_url` is a path with the cursor reached, so that following it acknowledges the answer that it stands in; it
 * never names a host. Units: `p_wait` in milliseconds.
 */
export function refreshEvent({ service, session, path }: Poll, waitMs: number): ControlEvent {
  return {
    event: 'refresh',
    fields: [
      ['p_wait', waitMs],
      ['p_url', `${path}?p_id=${session.id}&p_event=refresh&p_ack=${session.cursor}`],
      ['p_time', service.time],
    ],
  };
}

/** The event that begins the answer to a `refresh`. */
export function refreshAck({ service, session, format }: Poll): ControlEvent {
  return control('refresh-ack', [
    ['p_time', service.time],
    ['p_gen', carriesCursors(format) ? session.generation : undefined],
  ]);
}
