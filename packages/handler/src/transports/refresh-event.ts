import { type ControlEvent, carriesCursors, type Format } from '@cometkit/codec';
import type { Session } from '@cometkit/core';
import { control } from '../call.ts';
import { contextOf } from '../session-context.ts';
import type { Poll } from './poll.ts';

/** Draws how long a pull or poll client is to wait. Units: milliseconds. */
export function drawWait({ service, session, format }: Poll): number {
  // A modern client may ask again at once: its next answer is held.
  if (!format.classic && contextOf(session)?.mode === 'long-poll') return 0;
  const { pullWaitMs, pollWaitMs, runtime } = service.settings;
  const { min, max } = contextOf(session)?.mode === 'poll' ? pollWaitMs : pullWaitMs;
  return runtime.randomInteger(min, max);
}

/**
 * The event that sends a pull or poll client away and tells it when to come back.
 *
 * Shape: `url` is a path with the cursor reached, so that following it acknowledges the answer that it stands in; it
 * never names a host. Units: `waitMs` in milliseconds.
 */
export function refreshEvent({ service, session, path, format }: Poll, waitMs: number): ControlEvent {
  return {
    event: 'refresh',
    fields: [
      ['waitMs', waitMs],
      ['url', `${path}?${queryOf(format, session)}`],
      ['time', service.time],
    ],
  };
}

function queryOf(format: Format, { id, cursor }: Session): string {
  if (format.classic) return `p_id=${id}&p_event=refresh&p_ack=${cursor}`;
  return `session=${id}&type=refresh&ack=${cursor}`;
}

/** The event that begins the answer to a `refresh`. */
export function refreshAck({ service, session, format }: Poll): ControlEvent {
  return control('refresh-ack', [
    ['time', service.time],
    ['generation', carriesCursors(format) ? session.generation : undefined],
  ]);
}
