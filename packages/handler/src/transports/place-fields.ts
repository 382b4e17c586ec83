import type { Field } from '@cometkit/codec';
import type { HubLimits, Session } from '@cometkit/core';
import type { SessionCall } from '../call.ts';

/**
 * How long a stream may be silent and a poll be held: clients that keep their place take fifteen silent seconds for a dead
 * connection.
 *
 * Units: milliseconds.
 */
export function idleMsOf({ service, format }: Pick<SessionCall, 'service' | 'format'>): number {
  const { heartbeatMs } = service.hub.limits;
  return format.cursors ? Math.min(heartbeatMs, service.settings.modernHeartbeatMs) : heartbeatMs;
}

/**
 * What a client that keeps its place is told when a channel opens: where the stream stands, which of the session's channels
 * this is, how long it may be silent, how much the server gives before it waits for an acknowledgement, and which
 * subscriptions were taken away.
 *
 * @param idleMs - in milliseconds.
 * @param limits - the window: items, and UTF-16 units of their texts.
 */
export function placeFields(
  session: Session,
  idleMs: number,
  { queueLimit, queueBytes }: Pick<HubLimits, 'queueLimit' | 'queueBytes'>,
): Field[] {
  return [
    ['cursor', session.cursor],
    ['generation', session.generation],
    ['idleMs', idleMs],
    ['window', queueLimit],
    ['windowChars', queueBytes],
    ...revokedField(session),
  ];
}

// All of them, since any earlier word may have been lost with its connection.
function revokedField({ takenAway }: Session): Field[] {
  return takenAway.length === 0 ? [] : [['revoked', takenAway.map(({ id }) => id).join()]];
}
