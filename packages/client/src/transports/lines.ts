import type { JsonValue } from '@cometkit/core';
import type { Failure } from '../errors.ts';
import type { WireEvent } from '../machine/wire.ts';
import { decodeOversized } from './oversized.ts';

/**
 * Cuts a text that comes in pieces into lines, in linear time and within bounds.
 *
 * The decoder of `@cometkit/codec` does the same for any framing, and more; this one fits the budget of a page.
 */
export class Lines {
  readonly #limit: number;
  // Pieces of an unfinished line, joined once when it is whole.
  #pieces: string[] = [];
  // True behind the beginning of a line that was too long: the rest of it is dropped as it comes.
  #dropping = false;
  /** Length of the unfinished line, in UTF-16 units. */
  #rest = 0;

  /** What is wrong with a text that has ended here: one of ours was cut in the middle of a line; whatever begins otherwise is none. */
  get fault(): Failure | undefined {
    return this.#rest > 0
      ? { code: /^ *[^ {]/.test(this.#pieces.join('')) ? 'malformed' : 'cut' }
      : undefined;
  }

  /** @param limit - the longest line, in UTF-16 units. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Takes the next piece.
   *
   * @returns the lines that are whole now, empty ones left out; and of a line that is longer than the limit the beginning, as
   * soon as that is known.
   */
  feed(chunk: string): string[] {
    const [first = '', ...others] = chunk.split('\n');
    const begun = this.#extend(first);
    if (others.length === 0) return begun;
    const last = others.pop() ?? '';
    const whole = begun.concat(this.#dropping ? [] : this.#pieces.join(''), others);
    this.#pieces = [];
    this.#dropping = false;
    this.#rest = 0;
    return whole.concat(this.#extend(last)).filter((line) => line.trim());
  }

  // Gives the beginning of a line that has just become too long.
  #extend(text: string): string[] {
    this.#rest += text.length;
    if (this.#dropping) return [];
    this.#pieces.push(text);
    if (this.#rest <= this.#limit) return [];
    const begun = this.#pieces.join('');
    this.#pieces = [];
    this.#dropping = true;
    return [begun];
  }
}

/**
 * Reads the JSON object of the modern formats.
 *
 * @param limit - the longest text that is taken in, in UTF-16 units; for a longer event its gap is read from the beginning.
 * @returns undefined for whatever is not one.
 */
export function decodeEvent(text: string, limit: number): WireEvent | undefined {
  if (text.length > limit) return decodeOversized(text);
  try {
    const { type: event, ...fields } = JSON.parse(text) as Record<string, JsonValue>;
    return typeof event === 'string' ? { event, fields: new Map(Object.entries(fields)) } : undefined;
  } catch {
    return undefined; // untrusted text, and of no use in an error message
  }
}
