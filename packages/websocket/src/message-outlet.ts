import { congestedBytes, type Outlet, type OutletWatcher } from '@cometkit/handler';
import { WebSocket } from 'ws';

const lineFeed = 0x0a;

/** A WebSocket whose frames are compressed, as the outlet of a connection: lines are handed to `ws`, one message each. */
export class MessageOutlet implements Outlet {
  readonly #socket: WebSocket;
  readonly #closeCode: () => number;
  #pending = 0;
  #watcher: OutletWatcher | undefined = undefined;

  /** @param closeCode gives the code that the server's end of the connection has. */
  constructor(socket: WebSocket, closeCode: () => number) {
    this.#socket = socket;
    this.#closeCode = closeCode;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    this.#pending += bytes.length;
    if (this.#socket.readyState !== WebSocket.OPEN) return false;
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(lineFeed, start);
      const next = end < 0 ? bytes.length : end + 1;
      const line = bytes.subarray(start, end < 0 ? next : end);
      const length = next - start;
      this.#socket.send(line, { binary: false }, (error) => this.#left(length, error));
      start = next;
    }
    return this.#pending < congestedBytes;
  }

  end(): void {
    this.#socket.close(this.#closeCode());
  }

  destroy(): void {
    this.#socket.terminate();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#socket.readyState === WebSocket.CLOSED) watcher.closed();
  }

  /** Called when the socket has closed. */
  closed(): void {
    this.#watcher?.closed();
  }

  // What is lost with the socket counts as waiting for ever. A socket that was destroyed may call back as if it had left.
  #left(bytes: number, error: Error | null | undefined): void {
    if (this.#socket.readyState !== WebSocket.OPEN || (error !== null && error !== undefined)) return;
    this.#pending -= bytes;
    if (this.#pending === 0) this.#watcher?.drained();
  }
}
