import { CometError } from '@cometkit/core';
import type { SessionCall } from './call.ts';

// What no cursor looks like: counted like any other acknowledgement that proves nothing.
const nowhere = '';

/**
 * Takes the acknowledgement that a command carries.
 *
 * Shape: on a data channel the cursor also says where to go on, which is the channel's own business; here it only counts
 * as a promise to acknowledge from now on, of clients that know what they say: pages of the original follow a `url` with a
 * cursor, and the address of an EventSource may hold one, without that. What a channel that was taken over had handed
 * out says nothing of the present one.
 *
 * @throws CometError `missing-field` — an `ack` without a cursor.
 */
export function acknowledge({ service, session, command, format }: SessionCall): void {
  const { verb, ack, generation, answersHeartbeats } = command;
  if (ack === undefined) {
    if (verb === 'ack') {
      const field = command.dialect.nameOf('ack');
      throw new CometError('missing-field', `no ${field} provided`, { field });
    }
    return;
  }
  if (verb === 'listen' || verb === 'refresh') {
    const knows = format.cursors && format.contentType !== 'text/event-stream';
    if (knows || answersHeartbeats) session.acknowledges = true;
    return;
  }
  session.acknowledges = true;
  const stale = generation !== undefined && generation < session.generation;
  service.hub.acknowledge(session, stale ? nowhere : ack);
}
