/**
 * A place in one log: after the event at `position`.
 *
 * Units: `position` counts events of one epoch from 1; 0 is the place before the first.
 */
export interface Cursor {
  /** Identity of one incarnation of the log. Shape: `[0-9a-z]`, 1 to 13 characters. */
  readonly epoch: string;
  readonly position: number;
  /** Check of the event at `position`, so that a position used twice is noticed. Shape: 32-bit unsigned integer. */
  readonly tag: number;
}

// Only the canonical text is a cursor: "01" and "1" must not be two names of one place.
const canonical = /^([0-9a-z]{1,13})-(0|[1-9a-z][0-9a-z]{0,12})-(0|[1-9a-z][0-9a-z]{0,6})$/;
const maxTag = 0xffff_ffff;

/** Writes a cursor as text, fit for an SSE id, a query value, a header or a cookie. Shape: `epoch-position-tag` in base 36. */
export function formatCursor(epoch: string, position: number, tag: number): string {
  return `${epoch}-${position.toString(36)}-${tag.toString(36)}`;
}

/** Reads the text of a cursor. @returns undefined when the text is not one; the epoch is not checked against any log. */
export function parseCursor(text: string): Cursor | undefined {
  const [, epoch, position, tag] = canonical.exec(text) ?? [];
  if (epoch === undefined || position === undefined || tag === undefined) return undefined;
  const cursor = { epoch, position: Number.parseInt(position, 36), tag: Number.parseInt(tag, 36) };
  return Number.isSafeInteger(cursor.position) && cursor.tag <= maxTag ? cursor : undefined;
}
