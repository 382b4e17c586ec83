import type { Field } from '@cometkit/codec';
import type { HubLimits, Session } from '@cometkit/core';
import type { SessionCall } from '../call.ts';

/**
 * Returns how long a stream may be silent and a poll may be held, in milliseconds. Clients that keep their cursor treat
 * fifteen silent seconds as a dead connection.
 */
export function idleMsOf({ handler, format }: Pick<SessionCall, 'handler' | 'format'>): number {
  const { heartbeatMs } = handler.hub.limits;
  return format.cursors ? Math.min(heartbeatMs, handler.settings.modernHeartbeatMs) : heartbeatMs;
}

/**
 * Makes the fields that a client that keeps its cursor gets when a channel opens: the cursor of the stream, the
 * generation of the channel, how long it may be silent, how much the server sends before it waits for an
 * acknowledgement, and which subscriptions were revoked.
 *
 * @param idleMs - in milliseconds.
 * @param limits - the window: items, and UTF-16 code units of their texts.
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
