import type { Socket } from 'node:net';
import { congestedBytes, DrainTracker, type Outlet, type OutletWatcher } from '@cometkit/handler';
import { toChunk } from './chunk.ts';

const nothing = Buffer.alloc(0);

/** The answer that an outlet writes the chunks of. */
export interface OutletOwner {
  /** Sets the outlet to notify when the response ends; notifies at once if it has ended already. */
  watch(outlet: OwnedOutlet): void;
  /** Writes the last chunk. */
  end(): void;
  /** Drops the connection, as long as the answer is not over. */
  destroy(): void;
}

/** The outlet as its answer sees it. */
export interface OwnedOutlet {
  /** The answer was ended or destroyed, by whomever: no chunk may follow. */
  ended(): void;
  /** The answer is over. */
  closed(): void;
}

/**
 * The byte sink of a plain chunked HTTP/1.1 answer: chunks that are framed once for all readers go to its socket.
 *
 * `response.write` frames each chunk in four parts, and under Express every look at the response costs, for its prototype
 * was swapped: so between head and end nothing but the socket is looked at, and of that only the side that is written to.
 * Memory that has gone cold since the last event is what a delivery waits for.
 */
export class SocketOutlet implements Outlet, OwnedOutlet {
  readonly #socket: Socket;
  #open = true;
  #pending = 0;
  #drain: DrainTracker | undefined = undefined;
  #closed = false;
  #watcher: OutletWatcher | undefined = undefined;
  #head: string | undefined;
  #corked: boolean;
  readonly #owner: OutletOwner;

  /**
   * @param head is written before anything else, with the first chunk if there is one soon. One character for each byte.
   * @param corked is true when the head lies on the socket, which was corked until the first chunk or {@link begin}.
   */
  constructor(owner: OutletOwner, socket: Socket, head?: string, corked = false) {
    this.#socket = socket;
    this.#owner = owner;
    this.#head = head;
    this.#corked = corked;
    owner.watch(this);
  }

  /** Bytes that wait, with their chunk framing. Bytes that were refused or have failed stay in it. */
  get pendingBytes(): number {
    return this.#pending === 0 ? this.#socket.writableLength : this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const socket = this.#socket;
    if (bytes.length === 0) return false;
    if (!this.#open || !socket.writable) return this.#lost(bytes);
    const chunk = this.#head === undefined ? toChunk(bytes) : this.#headed(toChunk(bytes));
    if (this.#drain === undefined) socket.write(chunk);
    else this.#drain.write(chunk);
    if (this.#corked) this.#uncork();
    // A write that fails at once is not in the count either.
    if (!socket.writable) return this.#lost(bytes);
    // Not what `write` says: it counts bytes that the kernel has taken meanwhile.
    this.#pending = socket.writableLength;
    if (this.#pending === 0) return true;
    this.#drain ??= new DrainTracker(socket, () => this.#drained());
    return this.#pending < congestedBytes;
  }

  /** Writes the head, if nothing has gone with it yet. */
  begin(): void {
    if (this.#corked) this.#uncork();
    if (this.#head !== undefined && this.#open) this.#socket.write(this.#headed(nothing));
  }

  end(): void {
    this.begin();
    if (this.#open) this.#owner.end();
  }

  destroy(): void {
    this.#open = false;
    this.#owner.destroy();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#closed) watcher.closed();
  }

  ended(): void {
    this.#open = false;
  }

  closed(): void {
    this.#open = false;
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher?.closed();
  }

  // One write, for one of two parts takes three times as long.
  #headed(chunk: Buffer): Buffer {
    const head = Buffer.from(this.#head ?? '', 'latin1');
    this.#head = undefined;
    return Buffer.concat([head, chunk]);
  }

  #uncork(): void {
    this.#corked = false;
    this.#socket.uncork();
  }

  #lost(bytes: Uint8Array): boolean {
    this.#pending += bytes.length;
    return false;
  }

  #drained(): void {
    if (!this.#open || this.#socket.errored !== null) return;
    this.#pending = 0;
    if (this.#drain?.lasting === false) this.#drain = undefined;
    this.#watcher?.drained();
  }
}
