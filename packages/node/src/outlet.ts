import { OutgoingMessage, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { congestedBytes, type Outlet, type OutletWatcher, type StreamResponse } from '@cometkit/handler';
import { ResponseOwner } from './response-owner.ts';
import { SocketOutlet } from './socket-outlet.ts';

/** A response that compression middleware has given a way to push out what it holds back. */
interface Flushing {
  flush?: () => void;
}

/** The byte sink of a response whose head has been written: its socket if that may be written to, else the response. */
export function outletOf(response: ServerResponse): Outlet {
  return plainOutlet(response, false) ?? new ResponseOutlet(response);
}

/** Begins the stream of an answer: the head, which is there already, and what is said first leave in one piece. */
export function openStream(response: ServerResponse, answer: StreamResponse): void {
  const { socket } = response;
  socket?.cork();
  response.flushHeaders();
  const plain = plainOutlet(response, true);
  answer.open(plain ?? new ResponseOutlet(response));
  if (plain === undefined) socket?.uncork();
  else plain.begin();
}

function plainOutlet(response: ServerResponse, corked: boolean): SocketOutlet | undefined {
  const socket = plainSocket(response);
  return socket && new SocketOutlet(new ResponseOwner(response), socket, undefined, corked);
}

// HTTP/1.0 and HTTP/2 have no chunks; a response that waits behind another on its connection has no socket yet; and
// whatever has put methods of its own in the place of the response's must be gone through.
function plainSocket(response: ServerResponse): Socket | undefined {
  const { socket } = response;
  if (socket === null || response.req.httpVersionMajor !== 1 || !response.chunkedEncoding) return undefined;
  const { write, end } = OutgoingMessage.prototype;
  if (response.write !== write || response.end !== end || response.hasHeader('content-encoding'))
    return undefined;
  return socket;
}

/** The byte sink of a response that something wraps, or that is not in chunks: everything goes through its own methods. */
class ResponseOutlet implements Outlet {
  readonly #response: ServerResponse & Flushing;
  #pending = 0;
  /** Length of the oldest write that has not left; as a rule there is no other. */
  #oldest = 0;
  #later: number[] = [];
  #watcher: OutletWatcher | undefined = undefined;
  // One callback for all writes of the response: writes leave in their order.
  readonly #left = (error?: Error | null): void => {
    if (error !== undefined && error !== null) return;
    this.#pending -= this.#oldest;
    this.#oldest = this.#pending === 0 ? 0 : (this.#later.shift() ?? 0);
    if (this.#pending === 0) this.#watcher?.drained();
  };

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): boolean {
    const response = this.#response;
    if (response.destroyed || response.writableEnded || bytes.length === 0) return false;
    if (this.#pending === 0) this.#oldest = bytes.length;
    else this.#later.push(bytes.length);
    this.#pending += bytes.length;
    response.write(bytes, this.#left);
    response.flush?.();
    return this.#pending < congestedBytes;
  }

  end(): void {
    if (!this.#response.writableEnded) this.#response.end();
  }

  destroy(): void {
    this.#response.destroy();
  }

  watch(watcher: OutletWatcher): void {
    this.#watcher = watcher;
    if (this.#response.closed || this.#response.destroyed) watcher.closed();
    else this.#response.once('close', () => watcher.closed());
  }
}
