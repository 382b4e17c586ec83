import type { Failure } from '../errors.ts';

/** The longest event that is taken in. Units: UTF-16 units. */
export const maxEventChars = 1_048_576;

/** Thrown where an answer is not what it should be. */
export class AnswerError extends Error {
  readonly code: Failure['code'];

  constructor(code: Failure['code']) {
    super(code);
    this.code = code;
  }
}

/**
 * Cuts a text that comes in pieces into lines, in linear time and within bounds.
 *
 * The decoder of `@cometkit/codec` does the same for any framing; this one fits the budget of a page.
 */
export class Lines {
  // Pieces of an unfinished line, joined once when it is whole.
  #pieces: string[] = [];
  #chars = 0;

  /**
   * Takes the next piece and hands over every line that is whole.
   *
   * @throws AnswerError `too-large` — a line is longer than an event may be.
   */
  feed(chunk: string, take: (line: string) => void): void {
    const pieces = chunk.split('\n');
    const rest = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#keep(piece);
      const line = this.#pieces.join('');
      this.#pieces = [];
      this.#chars = 0;
      if (line) take(line);
    }
    this.#keep(rest);
  }

  /** Says whether a line has begun and not ended. */
  get unfinished(): boolean {
    return this.#chars > 0;
  }

  #keep(piece: string): void {
    this.#chars += piece.length;
    if (this.#chars > maxEventChars) throw new AnswerError('too-large');
    this.#pieces.push(piece);
  }
}
