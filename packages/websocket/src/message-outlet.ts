import { congestedBytes, type Outlet } from '@cometkit/handler';
import { WebSocket } from 'ws';
import { onceClosed } from './frame-outlet.ts';

const lineFeed = 0x0a;

/** A WebSocket whose frames are compressed, as the outlet of a connection: lines are handed to `ws`, one message each. */
export class MessageOutlet implements Outlet {
  readonly #socket: WebSocket;
  readonly #closeCode: () => number;
  readonly #left = (): void => this.#gone();
  #onDrain: (() => void) | undefined = undefined;

  /** @param closeCode gives the code that the server's end of the connection has. */
  constructor(socket: WebSocket, closeCode: () => number) {
    this.#socket = socket;
    this.#closeCode = closeCode;
  }

  get pendingBytes(): number {
    return this.#socket.bufferedAmount;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(lineFeed, start);
      const last = end < 0 ? bytes.length : end;
      this.#socket.send(bytes.subarray(start, last), { binary: false }, this.#left);
      start = last + 1;
    }
    return this.#socket.bufferedAmount < congestedBytes;
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

  #gone(): void {
    if (this.#socket.bufferedAmount === 0) this.#onDrain?.();
  }
}
