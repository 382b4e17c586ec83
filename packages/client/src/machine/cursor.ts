/** A position in the server's log, parsed. */
export interface Cursor {
  /** The cursor as the server wrote it. */
  readonly text: string;
  readonly epoch: string;
  /** Number of the event in its epoch, from 1. */
  readonly position: number;
}

/** Returns the later of two places; the second where they are of different logs. */
export function later(first: Cursor | undefined, second: Cursor | undefined): Cursor | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return first.epoch === second.epoch && first.position > second.position ? first : second;
}

const shape = /^[0-9a-z]{1,13}-[0-9a-z]{1,13}-[0-9a-z]{1,13}$/;

/**
 * Reads a cursor.
 *
 * @returns undefined if the text is not a cursor.
 */
export function parseCursor(text: unknown): Cursor | undefined {
  if (typeof text !== 'string' || !shape.test(text)) return undefined;
  const [epoch = '', digits = ''] = text.split('-');
  const position = Number.parseInt(digits, 36);
  return Number.isSafeInteger(position) ? { text, epoch, position } : undefined;
}
