import { DecodeError } from './errors.ts';

/**
 * Reads a stream of text that comes in pieces of any size.
 *
 * It calls the callback given at creation for everything that it reads, in order, before `feed` returns. After a failure, its
 * own or the callback's, it refuses everything until `reset()`.
 */
export interface Decoder {
  /**
   * Reads the next piece.
   *
   * @throws {DecodeError} — the text is faulty; everything before the fault has been passed to the callback. `refused` — it
   *   failed before.
   */
  feed(chunk: string): void;
  /**
   * Ends the stream.
   *
   * @throws {DecodeError} `truncated` — the stream ended in the middle of an event; `refused` — the decoder failed before.
   */
  end(): void;
  /** Forgets everything, so that a new stream can be read. */
  reset(): void;
}

/** Limits of a decoder. */
export interface DecoderOptions {
  /**
   * How long one event may be on the wire, complete or not. If it is longer, `feed` throws `too-large`.
   *
   * @defaultValue 1 048 576 UTF-16 units
   */
  readonly maxBufferedChars?: number;
}

/** Splits a stream into frames, and reads them. */
export interface Framing {
  /** Finds the end of the frame that continues at `from`. @returns the index after it; -1 when the chunk ends first. */
  scan(chunk: string, from: number): number;
  /** Reads a whole frame. Offsets of its errors count from the frame's start. */
  read(frame: string): void;
  /** Reads what is left at the end of the stream. */
  finish(rest: string): void;
  reset(): void;
}

const defaultMaxBufferedChars = 1_048_576;

/** Decodes any framing: cuts frames out of chunks in linear time, within the limit. */
export class FrameDecoder implements Decoder {
  readonly #framing: Framing;
  readonly #maxChars: number;
  // Pieces of an unfinished frame, joined once when it is complete: appending to one string would take quadratic time.
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
    // Set before and cleared after, so that it stays set if anything throws, even the callback.
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
