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

const part = /^[0-9a-z]{1,13}$/;
const maxTag = 0xffff_ffff;

/** Writes a cursor as text, fit for an SSE id, a query value, a header or a cookie. Shape: `epoch-position-tag` in base 36. */
export function formatCursor(epoch: string, position: number, tag: number): string {
  return `${epoch}-${position.toString(36)}-${tag.toString(36)}`;
}

// A poll names its cursor in several places, and all who got the same event name the same one: 1 KB and 1 µs of each poll.
let lastText = '';
let lastCursor: Cursor | undefined;

/** Reads the text of a cursor. Shape: undefined when the text is not one; the epoch is not checked against any log. */
export function parseCursor(text: string): Cursor | undefined {
  if (text.length > 64) return undefined;
  if (text !== lastText) {
    lastCursor = readCursor(text);
    lastText = text;
  }
  return lastCursor;
}

function readCursor(text: string): Cursor | undefined {
  const parts = text.split('-');
  const [epoch, position, tag] = parts;
  if (parts.length !== 3 || epoch === undefined || position === undefined || tag === undefined)
    return undefined;
  if (!part.test(epoch) || !part.test(position) || !part.test(tag)) return undefined;
  const cursor = { epoch, position: Number.parseInt(position, 36), tag: Number.parseInt(tag, 36) };
  if (!Number.isSafeInteger(cursor.position) || cursor.tag > maxTag) return undefined;
  // Only the canonical text is a cursor: "01" and "1" must not be two names of one place.
  return formatCursor(epoch, cursor.position, cursor.tag) === text ? cursor : undefined;
}
