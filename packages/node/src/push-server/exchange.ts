import type { Socket } from 'node:net';
import type {
  CloseWatcher,
  FiniteResponse,
  HttpResponse,
  Responder,
  StreamResponse,
} from '@cometkit/handler';
import { keepAlive } from '../any-socket.ts';
import { type OutletOwner, type OwnedOutlet, SocketOutlet } from '../socket-outlet.ts';
import type { ResponseHeads } from './response-head.ts';

/** The connection that an exchange takes place on. */
export interface Carrier {
  readonly socket: Socket;
  readonly heads: ResponseHeads;
  /** True while no other request will be served on it. */
  readonly closing: boolean;
  /** Takes an error that no client can be told. */
  report(error: unknown): void;
  /** Called when the response has been written; `last` if it was the last one on the connection. */
  released(last: boolean): void;
}

const nothing = new Uint8Array(0);
const lastChunk = '0\r\n\r\n';
const none: readonly CloseWatcher[] = [];

/**
 * One request and its answer, from the time that the request was read until the answer has left.
 *
 * A connection keeps only this for a request, so that everything else can be collected early.
 */
export class Exchange implements OutletOwner, Responder {
  readonly #carrier: Carrier;
  #last: boolean;
  #outlet: OwnedOutlet | undefined = undefined;
  #complete: boolean | undefined = undefined;
  #watchers: readonly CloseWatcher[] = none;

  constructor(carrier: Carrier, last: boolean) {
    this.#carrier = carrier;
    this.#last = last;
  }

  get socket(): Socket {
    return this.#carrier.socket;
  }

  watch(outlet: OwnedOutlet): void {
    this.#outlet = outlet;
    if (this.#complete !== undefined) outlet.closed();
  }

  /** Writes the answer. Nothing happens when the client has gone. */
  answer(response: HttpResponse): void {
    if (this.#complete !== undefined || this.socket.writableEnded) return;
    this.#last ||= this.#carrier.closing || response.headers['connection'] === 'close';
    try {
      if ('open' in response) this.#stream(response);
      else this.#send(response);
    } catch (error) {
      this.#carrier.report(error);
      // Half an answer is worse than none.
      this.destroy();
    }
  }

  /** Called when the connection has closed, or the response has been written. */
  finish(complete: boolean): void {
    if (this.#complete !== undefined) return;
    this.#complete = complete;
    const watchers = this.#watchers;
    this.#watchers = none;
    for (const watcher of watchers) watcher.closed(complete);
    this.#outlet?.closed();
  }

  end(): void {
    this.#outlet?.ended();
    if (!this.socket.writableEnded) this.socket.write(lastChunk, 'latin1', (error) => this.#left(error));
  }

  destroy(): void {
    this.#outlet?.ended();
    if (this.#complete === undefined) this.socket.destroy();
  }

  /** Tells one more how it ends. */
  watchedBy(watcher: CloseWatcher): void {
    if (this.#complete !== undefined) watcher.closed(this.#complete);
    else this.#watchers = this.#watchers.concat(watcher);
  }

  #send(response: FiniteResponse): void {
    const { bytes, encoding } = this.#carrier.heads.finite(response, this.#last);
    const { socket } = this;
    socket.write(bytes, encoding);
    // As a rule the kernel has taken all of it; a callback would cost each answer a tick of its own.
    if (socket.writable && socket.writableLength === 0) this.#left(null);
    else socket.write(nothing, (error) => this.#left(error));
  }

  #stream({ status, headers, open }: StreamResponse): void {
    const { socket } = this;
    const head = this.#carrier.heads.chunked(status, headers, this.#last);
    keepAlive(socket);
    const outlet = new SocketOutlet(this, socket, head);
    open(outlet);
    outlet.begin();
  }

  #left(error: Error | null | undefined): void {
    const { socket } = this;
    // A socket that was destroyed calls back as if the bytes had left; its close says the rest.
    if (this.#complete !== undefined || (error ?? socket.errored) !== null || socket.destroyed) return;
    this.finish(true);
    this.#carrier.released(this.#last);
  }
}
