import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Outlet } from '@cometkit/handler';
import { toChunk } from './chunk.ts';

/**
 * The byte sink of a plain chunked HTTP/1.1 response: chunks that are framed once for all readers go to its socket.
 *
 * `response.write` frames each chunk in four parts, and under Express every look at the response costs, for its prototype
 * was swapped: so the response is not touched between its head and its end.
 */
export class SocketOutlet implements Outlet {
  readonly #response: ServerResponse;
  readonly #socket: Socket;
  #pending = 0;
  #open = true;
  #onDrain: (() => void) | undefined = undefined;
  // One callback for all writes. It has nothing to do when the kernel took all bytes at once, as it does of most writes.
  readonly #left = (): void => {
    if (this.#pending > 0) this.#settle();
  };

  constructor(response: ServerResponse, socket: Socket) {
    this.#response = response;
    this.#socket = socket;
    // Whoever ends the response has the last word: a chunk behind that would be read as the beginning of another answer.
    response.once('prefinish', () => {
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
    if (!this.#open || socket.destroyed) return this.#lost(bytes);
    socket.write(toChunk(bytes), this.#left);
    // A write that fails at once is not in the count either.
    if (socket.errored !== null) return this.#lost(bytes);
    // Not what `write` says: it counts bytes that the kernel has taken meanwhile.
    this.#pending = socket.writableLength;
    return this.#pending < socket.writableHighWaterMark;
  }

  end(): void {
    if (this.#open) this.#response.end();
  }

  destroy(): void {
    this.#open = false;
    this.#response.destroy();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    if (this.#response.closed || this.#response.destroyed) listener();
    else this.#response.once('close', listener);
  }

  #lost(bytes: Uint8Array): boolean {
    this.#pending += bytes.length;
    return false;
  }

  #settle(): void {
    const { destroyed, errored } = this.#socket;
    // A socket that was destroyed calls back as if the bytes had left.
    if (!this.#open || destroyed || errored !== null) return;
    this.#pending = this.#socket.writableLength;
    if (this.#pending === 0) this.#onDrain?.();
  }
}
