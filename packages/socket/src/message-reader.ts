const smallest = 1024;
const nothing = Buffer.alloc(0);

/**
 * Cuts messages out of the bytes of a stream, by the byte that ends each.
 *
 * Call `next` for one message at a time; the caller can stop in the middle of a chunk. An unfinished message is kept in one
 * buffer, however small the pieces are.
 */
export class MessageReader {
  readonly #end: number;
  readonly #maxBytes: number;
  #chunk: Buffer = nothing;
  #held: Buffer = nothing;
  #heldBytes = 0;

  /**
   * @param end - the byte that ends a message.
   * @param maxBytes - the longest message, without its end.
   */
  constructor(end: number, maxBytes: number) {
    this.#end = end;
    this.#maxBytes = maxBytes;
  }

  /** True while a message has begun and is not at its end. */
  get unfinished(): boolean {
    return this.#heldBytes > 0;
  }

  /** Takes the next chunk, as a rule when the last one was used up. */
  take(chunk: Buffer): void {
    this.#chunk = this.#chunk.length === 0 ? chunk : Buffer.concat([this.#chunk, chunk]);
  }

  /**
   * The next message.
   *
   * @returns undefined if none is complete yet; null if it exceeds the limit.
   */
  next(): string | undefined | null {
    const end = this.#chunk.indexOf(this.#end);
    const piece = end < 0 ? this.#chunk : this.#chunk.subarray(0, end);
    if (this.#heldBytes + piece.length > this.#maxBytes) return null;
    // What was used up must not be kept alive by what is left of it.
    this.#chunk = end < 0 || end + 1 === this.#chunk.length ? nothing : this.#chunk.subarray(end + 1);
    if (this.#heldBytes === 0 && end >= 0) return piece.toString('utf8');
    this.#hold(piece);
    return end < 0 ? undefined : this.#release();
  }

  #hold(piece: Buffer): void {
    const needed = this.#heldBytes + piece.length;
    if (needed > this.#held.length) {
      const larger = Buffer.allocUnsafe(Math.min(Math.max(smallest, 2 * needed), this.#maxBytes));
      this.#held.copy(larger, 0, 0, this.#heldBytes);
      this.#held = larger;
    }
    piece.copy(this.#held, this.#heldBytes);
    this.#heldBytes = needed;
  }

  #release(): string {
    const text = this.#held.toString('utf8', 0, this.#heldBytes);
    this.#held = nothing;
    this.#heldBytes = 0;
    return text;
  }
}
