/** A place in one log: right after the event at `position`. */
export interface Cursor {
  /** Identifies one lifetime of the log: 1 to 13 characters of `[0-9a-z]`. */
  readonly epoch: string;
  /** Counts the events of the epoch from 1; 0 is the place before the first. */
  readonly position: number;
  /** Check value of the event at `position`, which reveals a position that was used twice: a 32-bit unsigned integer. */
  readonly tag: number;
}

/** The tag of a place whose event a node has not seen: after a hole of a shared log. It proves nothing. */
export const unproven = 0;

// Only the canonical text is a cursor: "01" and "1" must not be two names of one place.
const canonical = /^([0-9a-z]{1,13})-(0|[1-9a-z][0-9a-z]{0,12})-(0|[1-9a-z][0-9a-z]{0,6})$/;
const maxTag = 0xffff_ffff;

/**
 * Writes a cursor as text that is safe in an SSE id, a query value, a header and a cookie.
 *
 * @returns `epoch-position-tag`, the numbers in base 36.
 */
export function formatCursor(epoch: string, position: number, tag: number): string {
  return `${epoch}-${position.toString(36)}-${tag.toString(36)}`;
}

/**
 * Reads the text of a cursor, without comparing its epoch with any log.
 *
 * @returns undefined when the text is not a cursor.
 */
export function parseCursor(text: string): Cursor | undefined {
  return latest.read(text);
}

/** Keeps the cursor that was read last: that of a request is checked when it is read, and again where its session goes on. */
class LatestCursor {
  #text = '';
  #cursor: Cursor | undefined = undefined;

  read(text: string): Cursor | undefined {
    if (text !== this.#text) {
      this.#cursor = read(text);
      this.#text = text;
    }
    return this.#cursor;
  }
}

const latest = new LatestCursor();

function read(text: string): Cursor | undefined {
  const [, epoch, position, tag] = canonical.exec(text) ?? [];
  if (epoch === undefined || position === undefined || tag === undefined) return undefined;
  const cursor = { epoch, position: Number.parseInt(position, 36), tag: Number.parseInt(tag, 36) };
  return Number.isSafeInteger(cursor.position) && cursor.tag <= maxTag ? cursor : undefined;
}
