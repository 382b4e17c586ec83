import type { ControlEvent } from '@cometkit/codec';
import type { SessionCall } from '../call.ts';
import { mountPath } from '../mount-path.ts';
import { contextOf } from '../session-context.ts';

/**
 * The event that sends a pull or poll client away and tells it when to come back.
 *
 * Shape: `p_url` is a path with the cursor reached, so that following it acknowledges the answer that it stands in; it
 * never names a host. Units: `p_wait` in milliseconds.
 */
export function refreshEvent(call: SessionCall): ControlEvent {
  const { service, session, request } = call;
  const { settings } = service;
  const range = contextOf(session)?.mode === 'poll' ? settings.pollWaitMs : settings.pullWaitMs;
  const path = settings.publicPath ?? mountPath(request.path);
  return {
    event: 'refresh',
    fields: [
      ['p_wait', settings.runtime.randomInteger(range.min, range.max)],
      ['p_url', `${path}?p_id=${session.id}&p_event=refresh&p_ack=${session.cursor}`],
      ['p_time', service.time],
    ],
  };
}
