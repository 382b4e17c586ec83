import { parseCursor } from '@cometkit/core';
import type { Call } from './call.ts';

/**
 * The cursor that a client says its stream stands at: what an EventSource sends when it connects again, or `ack`.
 *
 * Shape: undefined when there is none; a header that is no cursor is not ours and counts as none.
 */
export function resumeCursor({ command, request }: Pick<Call, 'command' | 'request'>): string | undefined {
  // The address of an EventSource stays as it was made: an `ack` in it is older than what it has received since.
  const last = request.header('last-event-id');
  return last !== undefined && parseCursor(last) !== undefined ? last : command.ack;
}
