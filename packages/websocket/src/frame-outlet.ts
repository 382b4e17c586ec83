import type { Duplex } from 'node:stream';
import { congestedBytes, DrainTracker, type Outlet, type OutletWatcher } from '@cometkit/handler';
import { WebSocket } from 'ws';

/**
 * A WebSocket as the outlet of a connection: frames that are ready go straight onto the stream under it, all of a turn in
 * one call, none of them copied.
 *
 * Use it only when no extension changes the frames: then whatever `ws` itself writes falls between whole frames. Bytes that
 * were refused, or lost with the stream, stay in `pendingBytes`.
 */
export class FrameOutlet implements Outlet {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #closeCode: () => number;
  #pending = 0;
  #drain: DrainTracker | undefined = undefined;
  #watcher: OutletWatcher | undefined = undefined;

  /** @param closeCode gives the code that the server's end of the connection has. */
  constructor(socket: WebSocket, stream: Duplex, closeCode: () => number) {
    this.#socket = socket;
    this.#stream = stream;
    this.#closeCode = closeCode;
  }

  get pendingBytes(): number {
    return this.#pending === 0 ? this.#stream.writableLength : this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const stream = this.#stream;
    if (this.#socket.readyState !== WebSocket.OPEN || !stream.writable) {
      this.#pending += bytes.length;
      return false;
    }
    if (this.#drain === undefined) stream.write(bytes);
    else this.#drain.write(bytes);
    this.#pending = stream.writableLength;
    if (this.#pending === 0) return true;
    this.#drain ??= new DrainTracker(stream, () => this.#drained());
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

  #drained(): void {
    this.#pending = 0;
    if (this.#drain?.lasting === false) this.#drain = undefined;
    this.#watcher?.drained();
  }
}
