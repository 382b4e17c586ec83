import type { Transport } from '@cometkit/core';

/** A channel whose client can be asked to go on elsewhere, with its session and its place. */
export interface Movable {
  /**
   * Ends the channel with the message `refresh`.
   *
   * @param waitMs - when the client asks again, in milliseconds.
   */
  move(waitMs: number): void;
}

/** Returns whether the client of a transport can be asked to move. */
export function isMovable(transport: Transport | undefined): transport is Transport & Movable {
  return transport !== undefined && 'move' in transport;
}
