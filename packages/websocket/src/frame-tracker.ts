const fin = 0x80;
const opcodeBits = 0x0f;
const firstControl = 0x08;
const masked = 0x80;
const lengthBits = 0x7f;
const maskLength = 4;

type Part = 'first' | 'second' | 'length' | 'rest';

/**
 * Follows the frames of a client, byte by byte, without looking into them: it knows whether a message has begun that is
 * not at its end.
 *
 * Source: RFC 6455 §5.2, §5.4.
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

  /** Follows a chunk. Shape: true when something came to its end with it, control frames amid fragments not counted. */
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
