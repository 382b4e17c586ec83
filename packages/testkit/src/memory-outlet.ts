import type { Outlet, OutletWatcher } from '@cometkit/handler';

const decoder = new TextDecoder();

/** An outlet that keeps what is written, and congests, drains and closes when a test says so. */
export class MemoryOutlet implements Outlet {
  /** Every write, as it came. */
  readonly writes: Uint8Array[] = [];
  ended = false;
  destroyed = false;
  #congested = false;
  #pending = 0;
  #watcher: OutletWatcher | undefined = undefined;
  #closed = false;

  /** Everything written so far. */
  get text(): string {
    return this.writes.map((bytes) => decoder.decode(bytes)).join('');
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#closed) return false;
    this.writes.push(bytes);
    if (this.#congested) this.#pending += bytes.length;
    return !this.#congested;
  }

  end(): void {
    this.ended = true;
    if (!this.#congested) this.close();
  }

  destroy(): void {
    this.destroyed = true;
    this.close();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#closed) watcher.closed();
  }

  /** From now on nothing leaves. */
  congest(): void {
    this.#congested = true;
  }

  /** Everything that waited leaves. */
  drain(): void {
    this.#congested = false;
    this.#pending = 0;
    this.#watcher?.drained();
    if (this.ended) this.close();
  }

  /** The connection is over. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher?.closed();
  }
}
