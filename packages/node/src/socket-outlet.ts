import type { Socket } from 'node:net';
import { congestedBytes, DrainWatch, type Outlet } from '@cometkit/handler';
import { toChunk } from './chunk.ts';

/** The answer that an outlet writes the chunks of. */
export interface OutletOwner {
  /** Called once when it is ended or destroyed, by whomever: after that no chunk may follow. At most one listener. */
  onEnd(listener: () => void): void;
  /** Writes the last chunk. */
  end(): void;
  /** Drops the connection, as long as the answer is not over. */
  destroy(): void;
  /** Called once when the answer is over; at once when it is over already. */
  onClose(listener: () => void): void;
}

/**
 * The byte sink of a plain chunked HTTP/1.1 answer: chunks that are framed once for all readers go to its socket.
 *
 * `response.write` frames each chunk in four parts, and under Express every look at the response costs, for its prototype
 * was swapped: so between head and end nothing but the socket is looked at, and of that only the side that is written to.
 * Memory that has gone cold since the last event is what a delivery waits for.
 */
export class SocketOutlet implements Outlet {
  readonly #socket: Socket;
  #open = true;
  #pending = 0;
  #drain: DrainWatch | undefined = undefined;
  #onDrain: (() => void) | undefined = undefined;
  readonly #owner: OutletOwner;

  constructor(owner: OutletOwner, socket: Socket) {
    this.#socket = socket;
    this.#owner = owner;
    owner.onEnd(() => {
      this.#open = false;
    });
  }

  /** Shape: with the framing of the chunks, so never too little; what was refused or has failed counts for ever. */
  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (bytes.length === 0) return false;
    if (!this.#open || !socket.writable) return this.#lost(bytes);
    if (this.#drain === undefined) socket.write(toChunk(bytes));
    else this.#drain.write(toChunk(bytes));
    // A write that fails at once is not in the count either.
    if (!socket.writable) return this.#lost(bytes);
    // Not what `write` says: it counts bytes that the kernel has taken meanwhile.
    this.#pending = socket.writableLength;
    if (this.#pending === 0) return true;
    this.#drain ??= new DrainWatch(socket, () => this.#drained());
    return this.#pending < congestedBytes;
  }

  peek(): number {
    return this.#pending + this.#socket.writableLength;
  }

  end(): void {
    if (this.#open) this.#owner.end();
  }

  destroy(): void {
    this.#open = false;
    this.#owner.destroy();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    this.#owner.onClose(listener);
  }

  #lost(bytes: Uint8Array): boolean {
    this.#pending += bytes.length;
    return false;
  }

  #drained(): void {
    if (!this.#open || this.#socket.errored !== null) return;
    this.#pending = 0;
    if (this.#drain?.lasting === false) this.#drain = undefined;
    this.#onDrain?.();
  }
}
