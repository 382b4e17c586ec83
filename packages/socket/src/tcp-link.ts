import type { Socket } from 'node:net';
import { congestedBytes, DrainTracker, type Outlet, type OutletWatcher } from '@cometkit/handler';

// How long the other side may take to read our last words and close too.
const lingerMs = 1000;

/**
 * One TCP or TLS socket as the outlet of a connection.
 *
 * Bytes that were refused, or lost with the socket, stay in `pendingBytes`.
 */
export class TcpLink implements Outlet {
  readonly #socket: Socket;
  #pending = 0;
  #drain: DrainTracker | undefined = undefined;
  #watcher: OutletWatcher | undefined = undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (!socket.writable) {
      this.#pending += bytes.length;
      return false;
    }
    if (this.#drain === undefined) socket.write(bytes);
    else this.#drain.write(bytes);
    this.#pending = socket.writableLength;
    if (this.#pending === 0) return true;
    this.#drain ??= new DrainTracker(socket, () => this.#drained());
    return this.#pending < congestedBytes;
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

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#socket.closed || this.#socket.destroyed) watcher.closed();
    else this.#socket.on('close', () => watcher.closed());
  }

  #drained(): void {
    this.#pending = 0;
    if (this.#drain?.lasting === false) this.#drain = undefined;
    this.#watcher?.drained();
  }
}
