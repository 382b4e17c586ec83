import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** How the bytes of a medium get onto one WebSocket. */
export interface Writer {
  /** Written and not gone. Units: bytes. */
  readonly pendingBytes: number;
  /** Writes. Shape: false when congested. */
  write(bytes: Uint8Array): boolean;
}

const nothing = Buffer.alloc(0);

/**
 * Writes frames that are ready onto the socket under a WebSocket: one call for all frames of a turn, none of them copied.
 *
 * Shape: only where no extension changes frames, for then whatever `ws` writes itself lies between whole frames. Nearly
 * every write is gone when it returns; only behind one that is not, an empty one is sent that tells when it is, which
 * saves a callback and a tick for all the others.
 */
export class FrameWriter implements Writer {
  readonly #stream: Duplex;
  readonly #onDrain: () => void;
  #asked = false;

  /** @param onDrain is told when everything has gone that did not go at once. */
  constructor(stream: Duplex, onDrain: () => void) {
    this.#stream = stream;
    this.#onDrain = onDrain;
  }

  get pendingBytes(): number {
    return this.#stream.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    const open = this.#stream.write(bytes);
    if (this.#stream.writableLength > 0) this.#ask();
    return open;
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#stream.write(nothing, () => {
      this.#asked = false;
      if (this.#stream.writableLength > 0) this.#ask();
      else this.#onDrain();
    });
  }
}

const lineFeed = 0x0a;
// Where a socket would call itself congested. Units: bytes.
const highWater = 16_384;

/** Hands lines to `ws`, one message each, for sockets whose frames are compressed. */
export class MessageWriter implements Writer {
  readonly #socket: WebSocket;
  readonly #left: () => void;

  /** @param onDrain is told when everything has gone. */
  constructor(socket: WebSocket, onDrain: () => void) {
    this.#socket = socket;
    this.#left = () => {
      if (socket.bufferedAmount === 0) onDrain();
    };
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array): boolean {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(lineFeed, start);
      const last = end < 0 ? bytes.length : end;
      this.#socket.send(bytes.subarray(start, last), { binary: false }, this.#left);
      start = last + 1;
    }
    return this.#socket.bufferedAmount < highWater;
  }
}
