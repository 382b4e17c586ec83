import { parseCursor, type Session } from '@cometkit/core';

/**
 * Counts everything up to a client's cursor as received.
 *
 * Shape: false, and nothing changes, for a cursor of another log, and for one that was not handed out.
 */
export function confirmCursor(session: Session, text: string): boolean {
  const cursor = parseCursor(text);
  if (cursor === undefined || cursor.epoch !== parseCursor(session.cursor)?.epoch) return false;
  return session.confirm(cursor.position);
}
