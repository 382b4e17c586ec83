import { CometError } from '@cometkit/core';
import type { SessionCall } from './call.ts';
import { clusterNodeOf } from './cluster/cluster-node.ts';

// Not a valid cursor, so it counts like any other acknowledgement that proves nothing.
const nowhere = '';

/**
 * Applies the acknowledgement that a command carries.
 *
 * @remarks
 * On a data channel the cursor also says where to resume, which the channel handles itself. Here it only means that the
 * client will acknowledge from now on, and only from clients that send it on purpose: pages of the original protocol
 * follow a `url` that contains a cursor, and so may the address of an EventSource. An acknowledgement for a channel
 * that was taken over says nothing about the present one.
 *
 * @throws {CometError} `missing-field` — an `ack` has no cursor.
 */
export function acknowledge({ handler, session, command, format }: SessionCall): void {
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
  if (clusterNodeOf(handler)?.pass(session, { ack, generation, beat: false }) === true) return;
  session.acknowledges = true;
  const stale = generation !== undefined && generation < session.generation;
  handler.hub.acknowledge(session, stale ? nowhere : ack);
}
