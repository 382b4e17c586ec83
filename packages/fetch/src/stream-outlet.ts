import type { Outlet, OutletWatcher } from '@cometkit/handler';
import type { Exchange } from './exchange.ts';

// The writer is asked to pause when this much waits: one batch of the handler.
const congestedBytes = 65_536;
// Small writes that have waited leave together, as long as they stay below this.
const joinBytes = 16_384;

/**
 * The byte sink of a response as a ReadableStream.
 *
 * The stream itself buffers nothing (its high-water mark is 0). A chunk is handed over when the platform pulls, and counts as
 * sent at the next pull. So `pendingBytes` shows how far the client is behind.
 */
export class StreamOutlet implements Outlet {
  readonly stream: ReadableStream<Uint8Array>;
  readonly #exchange: Exchange;
  #controller!: ReadableStreamDefaultController<Uint8Array>;
  #chunks: Uint8Array[] = [];
  #handedBytes = 0;
  #pendingBytes = 0;
  #asked = false;
  #ending = false;
  #over = false;
  #watcher: OutletWatcher | undefined = undefined;

  constructor(exchange: Exchange) {
    this.#exchange = exchange;
    const source: UnderlyingDefaultSource<Uint8Array> = {
      start: (controller) => {
        this.#controller = controller;
      },
      pull: () => this.#pull(),
      cancel: () => exchange.close(false),
    };
    this.stream = new ReadableStream(source, { highWaterMark: 0 });
    exchange.onClose((complete) => this.#closed(complete));
  }

  get pendingBytes(): number {
    return this.#pendingBytes;
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over || this.#ending || bytes.length === 0) return true;
    this.#chunks.push(bytes);
    this.#pendingBytes += bytes.length;
    if (this.#asked) this.#hand();
    return this.#pendingBytes < congestedBytes;
  }

  end(): void {
    if (this.#ending || this.#over) return;
    this.#ending = true;
    if (this.#asked) this.#exchange.close(true);
  }

  destroy(): void {
    if (this.#over) return;
    // An AbortError is what servers take for the end of a connection, and do not log.
    this.#controller.error(new DOMException('the connection is dropped', 'AbortError'));
    this.#exchange.close(false);
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    this.#exchange.onClose(() => watcher.closed());
  }

  // Called when the platform waits for a chunk, so what it was handed before has left.
  #pull(): void {
    if (this.#over) return;
    const left = this.#handedBytes;
    this.#asked = true;
    this.#pendingBytes -= left;
    this.#handedBytes = 0;
    if (this.#chunks.length > 0) this.#hand();
    else if (this.#ending) this.#exchange.close(true);
    else if (left > 0) this.#watcher?.drained();
  }

  #hand(): void {
    const chunk = this.#next();
    this.#asked = false;
    this.#handedBytes = chunk.length;
    this.#controller.enqueue(chunk);
  }

  // Bytes of an event are shared with other outlets: what is joined is copied, and what is not joined is not touched.
  #next(): Uint8Array {
    let count = 0;
    let length = 0;
    for (const { length: more } of this.#chunks) {
      if (count > 0 && length + more > joinBytes) break;
      count += 1;
      length += more;
    }
    const taken = this.#chunks.splice(0, count);
    const [first] = taken;
    if (first !== undefined && taken.length === 1) return first;
    const joined = new Uint8Array(length);
    let offset = 0;
    for (const bytes of taken) {
      joined.set(bytes, offset);
      offset += bytes.length;
    }
    return joined;
  }

  #closed(complete: boolean): void {
    this.#over = true;
    this.#chunks = [];
    this.#watcher = undefined;
    if (complete) this.#pendingBytes = 0;
    this.#close();
  }

  #close(): void {
    try {
      this.#controller.close();
    } catch {
      // Cancelled or dropped already: there is nothing left to close.
    }
  }
}
