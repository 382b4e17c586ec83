import { DecodeError } from './errors.ts';

/**
 * Reads a stream of text that comes in pieces of any size.
 *
 * What was read goes to the callback given at creation, in order, before `feed` returns. After a failure, its own or
 * the callback's, the decoder refuses everything until `reset()`.
 */
export interface Decoder {
  /**
   * Takes the next piece.
   *
   * @throws {DecodeError} — with everything before the fault already handed over; `refused` after a failure.
   */
  feed(chunk: string): void;
  /**
   * Says that the stream has ended.
   *
   * @throws {DecodeError} `truncated` — it ended in the middle of something; `refused` after a failure.
   */
  end(): void;
  /** Forgets everything, ready for a new stream. */
  reset(): void;
}

/** Bounds of a decoder. */
export interface DecoderOptions {
  /**
   * How long one event may be on the wire, whole or unfinished; beyond it `feed` throws `too-large`.
   * Units: UTF-16 units.
   *
   * @defaultValue 1_048_576
   */
  readonly maxBufferedChars?: number;
}

/** How a stream falls into frames, and what a frame means. */
export interface Framing {
  /** Finds the end of the frame that goes on at `from`. Shape: the index behind it, -1 when the chunk ends first. */
  scan(chunk: string, from: number): number;
  /** Takes a whole frame; offsets of its errors count from the frame's start. */
  read(frame: string): void;
  /** Takes what is left at the end. */
  finish(rest: string): void;
  reset(): void;
}

const defaultMaxBufferedChars = 1_048_576;

/** A decoder of any framing: cuts frames out of chunks in linear time, within the bound. */
export class FrameDecoder implements Decoder {
  readonly #framing: Framing;
  readonly #maxChars: number;
  // Pieces of an unfinished frame, joined once when it is whole: adding to one text would be quadratic to flatten.
  #pieces: string[] = [];
  #pieceChars = 0;
  #offset = 0;
  #refused = false;

  constructor(framing: Framing, options: DecoderOptions = {}) {
    const maxChars = options.maxBufferedChars ?? defaultMaxBufferedChars;
    if (!(maxChars >= 1)) throw new RangeError(`maxBufferedChars must be at least 1, got ${maxChars}`);
    this.#framing = framing;
    this.#maxChars = maxChars;
  }

  feed(chunk: string): void {
    this.#guarded(() => {
      for (let at = 0; at < chunk.length; ) {
        const end = this.#framing.scan(chunk, at);
        this.#keep(chunk.slice(at, end < 0 ? chunk.length : end));
        if (end < 0) return;
        this.#framing.read(this.#join());
        this.#offset += this.#pieceChars;
        this.#drop();
        at = end;
      }
    });
  }

  end(): void {
    this.#guarded(() => this.#framing.finish(this.#join()));
  }

  reset(): void {
    this.#framing.reset();
    this.#drop();
    this.#offset = 0;
    this.#refused = false;
  }

  #guarded(work: () => void): void {
    if (this.#refused) throw new DecodeError('refused', this.#offset);
    // Set before and cleared after, so that whatever is thrown in between, also by the callback, leaves it set.
    this.#refused = true;
    try {
      work();
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      throw new DecodeError(error.type, this.#offset + error.offset, { cause: error.cause });
    }
    this.#refused = false;
  }

  #keep(piece: string): void {
    this.#pieceChars += piece.length;
    if (this.#pieceChars > this.#maxChars) throw new DecodeError('too-large', 0);
    this.#pieces.push(piece);
  }

  #join(): string {
    return this.#pieces.length === 1 ? (this.#pieces[0] ?? '') : this.#pieces.join('');
  }

  #drop(): void {
    this.#pieces = [];
    this.#pieceChars = 0;
  }
}
