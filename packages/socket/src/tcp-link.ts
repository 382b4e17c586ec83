import type { Socket } from 'node:net';
import { congestedBytes, type Outlet } from '@cometkit/handler';

// How long the other side may take to read our last words and close too.
const lingerMs = 1000;
const nothing = Buffer.alloc(0);

/** One TCP or TLS socket as the outlet of a connection. */
export class TcpLink implements Outlet {
  readonly #socket: Socket;
  #onDrain: (() => void) | undefined = undefined;
  #asked = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get pendingBytes(): number {
    return this.#socket.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.writableEnded || this.#socket.destroyed) return false;
    this.#socket.write(bytes);
    const pending = this.#socket.writableLength;
    if (pending > 0) this.#ask();
    return pending < congestedBytes;
  }

  // A socket that is closed with something unread is reset, and what was written last may be lost with it.
  end(): void {
    if (this.#socket.writableEnded) return;
    this.#socket.end();
    this.#socket.resume();
    this.#socket.once('finish', () => {
      const timer = setTimeout(() => this.#socket.destroy(), lingerMs);
      this.#socket.once('close', () => clearTimeout(timer));
      timer.unref();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    if (this.#socket.closed || this.#socket.destroyed) listener();
    else this.#socket.once('close', listener);
  }

  // Nearly every write is gone when it returns. Behind one that is not, an empty one tells when it is, which saves a
  // callback and a tick for all the others.
  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#socket.write(nothing, () => {
      this.#asked = false;
      if (this.#socket.writableLength > 0) this.#ask();
      else this.#onDrain?.();
    });
  }
}
