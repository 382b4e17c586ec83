import type { JsonValue } from '@cometkit/core';
import type { WireEvent } from '../machine/wire.ts';

/** The longest event that is taken in. Units: UTF-16 units. */
export const maxEventChars = 1_048_576;

/**
 * Cuts a text that comes in pieces into lines, in linear time and within bounds.
 *
 * The decoder of `@cometkit/codec` does the same for any framing, and more; this one fits the budget of a page.
 */
export class Lines {
  // Pieces of an unfinished line, joined once when it is whole.
  #pieces: string[] = [];
  /** Length of the unfinished line. */
  rest = 0;

  /** Takes the next piece. Shape: the lines that are whole now, empty ones left out. */
  feed(chunk: string): string[] {
    const [first = '', ...others] = chunk.split('\n');
    this.#pieces.push(first);
    this.rest += first.length;
    if (others.length === 0) return [];
    const lines = [this.#pieces.join(''), ...others];
    this.#pieces = lines.splice(-1);
    this.rest = this.#pieces.join('').length;
    return lines.filter((line) => line.trim());
  }
}

/** Reads the JSON object of the modern formats. Shape: undefined for whatever is not one. */
export function decodeEvent(text: string): WireEvent | undefined {
  try {
    const { p_event: event, ...fields } = JSON.parse(text) as Record<string, JsonValue>;
    return typeof event === 'string' ? { event, fields: new Map(Object.entries(fields)) } : undefined;
  } catch {
    return undefined; // the text is a stranger's, and no use to whoever reads the error
  }
}
