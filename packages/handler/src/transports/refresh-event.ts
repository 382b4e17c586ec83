import type { ControlEvent } from '@cometkit/codec';
import type { SessionCall } from '../call.ts';
import { mountPath } from '../mount-path.ts';
import { contextOf } from '../session-context.ts';

/** Draws how long a pull or poll client is to wait. Units: milliseconds. */
export function drawWait({ service, session }: SessionCall): number {
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
export function refreshEvent({ service, session, request }: SessionCall, waitMs: number): ControlEvent {
  const path = service.settings.publicPath ?? mountPath(request.path);
  return {
    event: 'refresh',
    fields: [
      ['p_wait', waitMs],
      ['p_url', `${path}?p_id=${session.id}&p_event=refresh&p_ack=${session.cursor}`],
      ['p_time', service.time],
    ],
  };
}
