/** A place in the server's log. Units: `position` counts events of one epoch from 1. */
export interface Cursor {
  /** The cursor as the server wrote it. */
  readonly text: string;
  readonly epoch: string;
  readonly position: number;
}

/** Returns the later of two places; the second where they are of different logs. */
export function later(first: Cursor | undefined, second: Cursor | undefined): Cursor | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return first.epoch === second.epoch && first.position > second.position ? first : second;
}

const shape = /^[0-9a-z]{1,13}-[0-9a-z]{1,13}-[0-9a-z]{1,13}$/;

/** Reads a cursor. Shape: undefined for whatever is not one. */
export function parseCursor(text: unknown): Cursor | undefined {
  if (typeof text !== 'string' || !shape.test(text)) return undefined;
  const [epoch = '', digits = ''] = text.split('-');
  const position = Number.parseInt(digits, 36);
  return Number.isSafeInteger(position) ? { text, epoch, position } : undefined;
}
