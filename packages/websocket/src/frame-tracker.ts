const fin = 0x80;
const opcodeBits = 0x0f;
const firstControl = 0x08;
const masked = 0x80;
const lengthBits = 0x7f;
const maskLength = 4;

type Part = 'first' | 'second' | 'length' | 'rest';

/**
 * Tracks frame boundaries in the bytes of a client, without decoding them, to know whether a message is unfinished.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2 (framing) and section 5.4 (fragmentation)
 */
export class FrameTracker {
  #part: Part = 'first';
  #final = true;
  #control = false;
  #masked = false;
  #lengthLeft = 0;
  #left = 0;
  #fragmented = false;

  /** True inside of a frame, and between the fragments of a message. */
  get unfinished(): boolean {
    return this.#part !== 'first' || this.#fragmented;
  }

  /**
   * Follows a chunk.
   *
   * @returns true if a frame or message ended in this chunk; control frames between fragments do not count.
   */
  follow(chunk: Uint8Array): boolean {
    let progress = false;
    for (let at = 0; at < chunk.length; ) {
      if (this.#part === 'rest') {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
      } else {
        this.#header(chunk[at] ?? 0);
        at += 1;
      }
      if (this.#part === 'rest' && this.#left === 0) progress = this.#end() || progress;
    }
    return progress;
  }

  #header(byte: number): void {
    if (this.#part === 'first') {
      this.#final = (byte & fin) !== 0;
      this.#control = (byte & opcodeBits) >= firstControl;
      this.#part = 'second';
    } else if (this.#part === 'second') this.#second(byte);
    else {
      this.#left = this.#left * 256 + byte;
      this.#lengthLeft -= 1;
      if (this.#lengthLeft === 0) this.#toRest();
    }
  }

  #second(byte: number): void {
    this.#masked = (byte & masked) !== 0;
    const length = byte & lengthBits;
    this.#left = length < 126 ? length : 0;
    this.#lengthLeft = length < 126 ? 0 : length === 126 ? 2 : 8;
    if (this.#lengthLeft > 0) this.#part = 'length';
    else this.#toRest();
  }

  #toRest(): void {
    if (this.#masked) this.#left += maskLength;
    this.#part = 'rest';
  }

  #end(): boolean {
    this.#part = 'first';
    if (!this.#control) this.#fragmented = !this.#final;
    return !this.#fragmented;
  }
}
