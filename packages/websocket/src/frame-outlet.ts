import type { Duplex } from 'node:stream';
import { congestedBytes, type Outlet } from '@cometkit/handler';
import { WebSocket } from 'ws';

const nothing = Buffer.alloc(0);

/**
 * A WebSocket as the outlet of a connection: frames that are ready go straight onto the stream under it, all of a turn in
 * one call, none of them copied.
 *
 * Shape: only where no extension changes frames, for then whatever `ws` writes itself lies between whole frames. Nearly
 * every write is gone when it returns; only behind one that is not, an empty one is sent that tells when it is, which
 * saves a callback and a tick for all the others.
 */
export class FrameOutlet implements Outlet {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #closeCode: () => number;
  #onDrain: (() => void) | undefined = undefined;
  #asked = false;

  /** @param closeCode gives the code that the server's end of the connection has. */
  constructor(socket: WebSocket, stream: Duplex, closeCode: () => number) {
    this.#socket = socket;
    this.#stream = stream;
    this.#closeCode = closeCode;
  }

  get pendingBytes(): number {
    return this.#stream.writableLength;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    this.#stream.write(bytes);
    const pending = this.#stream.writableLength;
    if (pending > 0) this.#ask();
    return pending < congestedBytes;
  }

  peek(): number {
    return this.#socket.readyState + this.#stream.writableLength;
  }

  end(): void {
    this.#socket.close(this.#closeCode());
  }

  destroy(): void {
    this.#socket.terminate();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    onceClosed(this.#socket, listener);
  }

  #ask(): void {
    if (this.#asked) return;
    this.#asked = true;
    this.#stream.write(nothing, () => {
      this.#asked = false;
      if (this.#stream.writableLength > 0) this.#ask();
      else this.#onDrain?.();
    });
  }
}

/** Calls a listener when a WebSocket is closed; at once when it is. */
export function onceClosed(socket: WebSocket, listener: () => void): void {
  if (socket.readyState === WebSocket.CLOSED) listener();
  else socket.once('close', listener);
}
