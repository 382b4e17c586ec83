import type { Outlet, OutletWatcher } from '@cometkit/handler';
import { kindOf, linesOf, numbered } from './numbering.ts';

/** Sends one datagram; `done` is called when the system has it, or refused it. */
export type SendDatagram = (parts: readonly Buffer[], done: () => void) => void;

// A turn's events may be more than a network takes at once (bytes).
const highWater = 65_536;

/**
 * The outlet of one client, or of one group, that is reached by datagrams: every line becomes a datagram of its own.
 *
 * Items are numbered from 1. Heartbeats and the answer that opens a channel carry the last number, so that the client
 * notices lost datagrams, also the first and the last. An answer carries the number of its request.
 */
export class DatagramLink implements Outlet {
  readonly #send: SendDatagram;
  readonly #onOver: () => void;
  readonly #asked: number[] = [];
  #seq = 0;
  #pending = 0;
  #over = false;
  #watcher: OutletWatcher | undefined = undefined;
  /** The answer that was given last, and the number of its request. */
  lastAnswer: { readonly request: number; readonly parts: readonly Buffer[] } | undefined = undefined;

  /** @param onOver - called once, when nothing more will be sent. */
  constructor(send: SendDatagram, onOver: () => void) {
    this.#send = send;
    this.#onOver = onOver;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  /**
   * Notes the number of a request whose answer is yet to come.
   *
   * @param request - its number; 0 for a request without one.
   */
  ask(request: number): void {
    this.#asked.push(request);
  }

  write(bytes: Uint8Array): boolean {
    if (this.#over) return false;
    for (const line of linesOf(bytes)) this.#sendParts(this.#partsOf(line));
    return this.#pending < highWater;
  }

  /** Sends something again. */
  repeat(parts: readonly Buffer[]): void {
    if (!this.#over) this.#sendParts(parts);
  }

  // There is nothing to say goodbye with; but whoever ends it may not be done with it yet.
  end(): void {
    setImmediate(() => this.destroy());
  }

  destroy(): void {
    if (this.#over) return;
    this.#over = true;
    this.#onOver();
    this.#watcher?.closed();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#over) watcher.closed();
  }

  #partsOf(line: Buffer): readonly Buffer[] {
    const kind = kindOf(line);
    if (kind === 'word') return [line];
    if (kind === 'item') this.#seq += 1;
    const seq = kind === 'answer' ? {} : { seq: this.#seq };
    if (kind === 'item' || kind === 'heartbeat') return numbered(line, seq);
    const request = this.#asked.shift() ?? 0;
    const parts = numbered(line, request === 0 ? seq : { ...seq, requestId: request });
    if (request > 0) this.lastAnswer = { request, parts };
    return parts;
  }

  #sendParts(parts: readonly Buffer[]): void {
    const bytes = parts.reduce((sum, part) => sum + part.length, 0);
    this.#pending += bytes;
    this.#send(parts, () => {
      this.#pending -= bytes;
      if (this.#pending === 0 && !this.#over) this.#watcher?.drained();
    });
  }
}
