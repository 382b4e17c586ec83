import type { Outlet } from '../http.ts';

/**
 * The outlet of one data channel on a connection that carries more than the channel.
 *
 * Shape: ending the channel ends the connection, for its session has gone elsewhere or is over. Only a channel that
 * another one of the same connection replaces is {@link ChannelOutlet.retire | retired}: then it is closed and mute, and
 * the connection goes on.
 */
export class ChannelOutlet implements Outlet {
  readonly #outlet: Outlet;
  readonly #onEnd: () => void;
  #onDrain: (() => void) | undefined = undefined;
  #onClose: (() => void) | undefined = undefined;
  #open = true;
  #closed = false;

  /** @param onEnd is told that the channel's last word was written. */
  constructor(outlet: Outlet, onEnd: () => void) {
    this.#outlet = outlet;
    this.#onEnd = onEnd;
  }

  get direct(): Outlet {
    return this.#outlet;
  }

  get pendingBytes(): number {
    return this.#outlet.pendingBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#open) return false;
    return bytes.length === 0 || this.#outlet.write(bytes);
  }

  peek(): number {
    return this.#outlet.peek?.() ?? 0;
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onEnd();
  }

  destroy(): void {
    if (!this.#closed) this.#outlet.destroy();
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener;
  }

  onClose(listener: () => void): void {
    this.#onClose = listener;
    if (this.#closed) listener();
  }

  /** Hears that everything written to the connection has left. */
  drained(): void {
    if (this.#open) this.#onDrain?.();
  }

  /** Closes the channel, whether its connection is over or goes on without it. */
  retire(): void {
    if (this.#closed) return;
    this.#open = false;
    this.#closed = true;
    this.#onClose?.();
  }
}
