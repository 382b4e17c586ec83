const smallest = 1024;
const nothing = Buffer.alloc(0);

/**
 * Cuts messages out of the bytes of a stream, by the byte that ends each.
 *
 * Shape: one message at a time is asked for, so that its user can stop in the middle of a chunk. An unfinished message is
 * kept in one buffer, however small the pieces are that it comes in.
 */
export class MessageReader {
  readonly #end: number;
  readonly #maxBytes: number;
  #chunk: Buffer = nothing;
  #held: Buffer = nothing;
  #heldBytes = 0;

  /** Units: `end` is a byte; `maxBytes` of one message, its end not counted. */
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

  /** The next message. Shape: undefined when there is no whole one; null when it is too long to ever be one. */
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
