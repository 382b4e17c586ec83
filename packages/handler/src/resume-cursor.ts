import { parseCursor } from '@cometkit/core';
import type { Call } from './call.ts';

/**
 * Reads the cursor from which a client resumes: the `Last-Event-ID` of an EventSource that reconnects, `ack`, or what another node
 * of a cluster knows.
 *
 * @returns undefined if there is none; a header that is not a cursor is not ours and is ignored.
 */
export function resumeCursor({
  command,
  request,
  place,
}: Pick<Call, 'command' | 'request' | 'place'>): string | undefined {
  // The URL of an EventSource never changes, so an `ack` in it is older than what the client has received since.
  const last = request.header('last-event-id');
  return last !== undefined && parseCursor(last) !== undefined ? last : (command.ack ?? place);
}
