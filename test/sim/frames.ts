/** The kinds of WebSocket frames that occur. Source: RFC 6455 §11.8. */
export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** One whole frame. */
export interface Frame {
  readonly opcode: number;
  readonly payload: Uint8Array;
}

/** Makes a frame. @returns a client's are masked, here with zeros, so that they can be read in a trace. */
export function encodeFrame(opcode: number, payload: Uint8Array, masked: boolean): Uint8Array {
  const { length } = payload;
  const wide = length < 126 ? [] : [length >> 8, length & 0xff];
  const head = [0x80 | opcode, (masked ? 0x80 : 0) | (wide.length === 0 ? length : 126), ...wide];
  return Uint8Array.from([...head, ...(masked ? [0, 0, 0, 0] : []), ...payload]);
}

/** A close code as the payload of a frame. */
export function closePayload(code: number): Uint8Array {
  return Uint8Array.from([code >> 8, code & 0xff]);
}

/** Cuts frames out of bytes that come in any pieces. */
export class FrameReader {
  #held: Uint8Array = new Uint8Array();

  /** Takes the next piece. @returns the frames that are whole now. */
  feed(chunk: Uint8Array): Frame[] {
    this.#held = joined(this.#held, chunk);
    const frames: Frame[] = [];
    for (let size = this.#take(frames); size > 0; size = this.#take(frames))
      this.#held = this.#held.subarray(size);
    return frames;
  }

  // Shape: how many bytes the frame at the beginning has; 0 while it is not whole.
  #take(frames: Frame[]): number {
    const [first = 0, second = 0, high = 0, low = 0] = this.#held;
    const short = (second & 0x7f) < 126;
    const length = short ? second & 0x7f : high * 256 + low;
    const start = (short ? 2 : 4) + (second >= 0x80 ? 4 : 0);
    if (this.#held.length < start || this.#held.length < start + length) return 0;
    frames.push({ opcode: first & 0x0f, payload: this.#held.slice(start, start + length) });
    return start + length;
  }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(one.length + other.length);
  bytes.set(one);
  bytes.set(other, one.length);
  return bytes;
}
