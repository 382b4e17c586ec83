import type { CarriedOutlet } from '../flush.ts';
import type { Outlet, OutletWatcher } from '../http.ts';

/** The connection of a channel. */
interface ChannelHost {
  /** Puts what the connection has held back in front of what the channel writes. */
  before(bytes: Uint8Array): Uint8Array;
  /** Called when the last frame of the channel was written. */
  end(): void;
}

/**
 * The outlet of one data channel on a connection that carries more than the channel.
 *
 * @remarks
 * Ending the channel ends the connection, because its session has moved elsewhere or is over. Only a channel that
 * another channel of the same connection replaces is {@link ChannelOutlet.retire | retired}: it is closed and silent,
 * and the connection continues.
 */
export class ChannelOutlet implements CarriedOutlet {
  readonly #outlet: Outlet;
  readonly #host: ChannelHost;
  #watcher: OutletWatcher | undefined = undefined;
  #open = true;
  #closed = false;

  constructor(outlet: Outlet, host: ChannelHost) {
    this.#outlet = outlet;
    this.#host = host;
  }

  get carrier(): Outlet {
    return this.#outlet;
  }

  get pendingBytes(): number {
    return this.#outlet.pendingBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (!this.#open) return false;
    return bytes.length === 0 || this.#outlet.write(this.#host.before(bytes));
  }

  end(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#host.end();
  }

  destroy(): void {
    if (!this.#closed) this.#outlet.destroy();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#closed) watcher.closed();
  }

  /** Called when everything written to the connection has left. */
  drained(): void {
    if (this.#open) this.#watcher?.drained();
  }

  /** Closes the channel, whether or not its connection continues. */
  retire(): void {
    if (this.#closed) return;
    this.#open = false;
    this.#closed = true;
    this.#watcher?.closed();
  }
}
