/** A place in the server's log. Units: `position` counts events of one epoch from 1. */
export interface Place {
  /** The cursor as the server wrote it. */
  readonly text: string;
  readonly epoch: string;
  readonly position: number;
}

const shape = /^[0-9a-z]{1,13}-[0-9a-z]{1,13}-[0-9a-z]{1,13}$/;

/** Reads a cursor. Shape: undefined for whatever is not one. */
export function parsePlace(text: unknown): Place | undefined {
  if (typeof text !== 'string' || !shape.test(text)) return undefined;
  const [epoch = '', digits = ''] = text.split('-');
  const position = Number.parseInt(digits, 36);
  return Number.isSafeInteger(position) ? { text, epoch, position } : undefined;
}
