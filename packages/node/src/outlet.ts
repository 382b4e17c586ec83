import type { ServerResponse } from 'node:http';
import type { Outlet } from '@cometkit/handler';

/** A response that compression middleware has given a way to push out what it holds back. */
interface Flushing {
  flush?: () => void;
}

/** The byte sink of one node:http response. */
export class NodeOutlet implements Outlet {
  readonly #response: ServerResponse & Flushing;
  /** Lengths of the writes that have not left, oldest first. */
  #lengths: number[] = [];
  #pending = 0;
  #onDrain: (() => void) | undefined = undefined;
  // One callback for all writes of the response: writes leave in their order.
  readonly #left = (error?: Error | null): void => {
    if (error !== undefined && error !== null) return;
    this.#pending -= this.#lengths.shift() ?? 0;
    if (this.#pending === 0) this.#onDrain?.();
  };

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const response = this.#response;
    if (response.destroyed || response.writableEnded) return false;
    this.#lengths.push(bytes.length);
    this.#pending += bytes.length;
    const open = response.write(bytes, this.#left);
    response.flush?.();
    return open;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    if (this.#response.closed || this.#response.destroyed) listener();
    else this.#response.once('close', listener);
  }
}
