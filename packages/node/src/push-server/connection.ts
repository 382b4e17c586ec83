import type { Socket } from 'node:net';
import { type Handler, TurnShare } from '@cometkit/handler';
import { destroySoon } from '../any-socket.ts';
import { type Carrier, Exchange } from './exchange.ts';
import { FrontRequest, type PeerRules } from './request.ts';
import type { HeadReader } from './request-head.ts';
import type { ResponseHeads } from './response-head.ts';

/** The request that a connection waits for: its first, another, or one that is on its way while the server closes. */
export type AwaitedRequest = 'first' | 'next' | 'last';

/** The part of a push server that its connections share. */
export interface ConnectionHost {
  readonly handler: Handler;
  readonly reader: Pick<HeadReader, 'read'>;
  readonly heads: ResponseHeads;
  readonly peers: PeerRules;
  /** True once no other request will be served. */
  readonly closing: boolean;
  /** How many requests a connection may bring; 0 for any. */
  readonly maxRequests: number;
  /**
   * Returns when to close a connection that starts to wait now.
   *
   * @returns milliseconds of the server's clock; 0 for never.
   */
  deadline(waitsFor: AwaitedRequest): number;
  /** Gives a connection to the server behind, as if nothing of it had been read. */
  handOver(socket: Socket, unread: Buffer): void;
  /** Forgets a connection that is over or handed over. */
  forget(connection: PushConnection): void;
}

// What a client may send while its answer is held and that is kept here; the rest waits with the kernel.
const earlyBytes = 16_384;

const key = Symbol('the connection of a socket');

interface FrontSocket extends Socket {
  [key]?: PushConnection | undefined;
}

/** A connection of the front host, as long as it has brought nothing but requests that are served here. */
export class PushConnection implements Carrier {
  readonly socket: Socket;
  readonly #host: ConnectionHost;
  #exchange: Exchange | undefined = undefined;
  #early: Buffer | undefined = undefined;
  #served = 0;
  // Made for a connection that brings several requests at once.
  #share: TurnShare | undefined = undefined;
  // True while a request is looked at, or is about to be: an answer must not go on to it from within, for that may be the
  // answer to another connection's request, and so on for all that there are.
  #taking = false;
  #deadline: number;

  constructor(host: ConnectionHost, socket: Socket) {
    this.#host = host;
    this.socket = socket;
    this.#deadline = host.deadline('first');
    (socket as FrontSocket)[key] = this;
    socket.on('data', onData);
    socket.on('error', onError);
    socket.on('close', onClose);
  }

  get heads(): ResponseHeads {
    return this.#host.heads;
  }

  get closing(): boolean {
    return this.#host.closing;
  }

  report(error: unknown): void {
    this.#host.handler.report(error, 'an adapter');
  }

  /** Takes what has come. */
  read(bytes: Buffer): void {
    if (this.socket.writableEnded) return;
    if (this.#exchange !== undefined || this.#taking) this.#keep(bytes);
    else if (this.#host.handler.turns.late()) this.#wait(bytes);
    else this.#take(bytes);
  }

  /** Goes on with what came meanwhile, or waits for the next request. */
  released(last: boolean): void {
    this.#exchange = undefined;
    if (this.socket.writableEnded) return;
    if (last || this.closing) destroySoon(this.socket);
    else this.#deadline = this.#host.deadline('next');
    if (this.#taking) return;
    if (this.#early !== undefined) this.#takeLater();
    else if (this.socket.isPaused()) this.socket.resume();
  }

  /** Gives the connection up when nothing has come for too long. */
  check(now: number): void {
    if (this.#deadline !== 0 && now >= this.#deadline) this.socket.destroy();
  }

  /** Ends the connection if it waits for another request; one that is new may have its first on the way. */
  dismiss(): void {
    if (this.#exchange !== undefined) return;
    if (this.#served === 0) this.#deadline = this.#host.deadline('last');
    else destroySoon(this.socket);
  }

  /** Called when the socket has closed. */
  closed(): void {
    this.#host.forget(this);
    this.#exchange?.finish(false);
    this.#exchange = undefined;
    this.#early = undefined;
  }

  // What came early is taken in turn, not one from within the other: there may be a thousand.
  #take(bytes: Buffer | undefined): void {
    this.#taking = true;
    try {
      for (let next = bytes; next !== undefined; next = this.#takeMore()) this.#serve(next);
    } finally {
      this.#taking = false;
    }
    if (this.#early === undefined && this.socket.isPaused()) this.socket.resume();
    else if (this.#early !== undefined && this.#exchange === undefined && !this.socket.writableEnded)
      this.#takeLater();
  }

  // When the present turn has had enough of this connection, others come first.
  #takeLater(): void {
    if (this.#taking) return;
    this.#taking = true;
    const goOn = () => this.#take(this.#takeEarly());
    if (this.#mayGoOn()) process.nextTick(goOn);
    else this.#host.handler.turns.next(goOn);
  }

  // When the requests of all connections have taken long in the present turn.
  #wait(bytes: Buffer): void {
    this.#keep(bytes);
    this.#taking = true;
    this.#host.handler.turns.next(() => this.#take(this.#takeEarly()));
  }

  #takeMore(): Buffer | undefined {
    return this.#early !== undefined && this.#exchange === undefined && this.#mayGoOn()
      ? this.#takeEarly()
      : undefined;
  }

  #mayGoOn(): boolean {
    this.#share ??= new TurnShare(this.#host.handler.turns);
    return this.#share.take();
  }

  #takeEarly(): Buffer | undefined {
    if (this.#exchange !== undefined || this.socket.writableEnded) return undefined;
    const early = this.#early;
    this.#early = undefined;
    return early;
  }

  #serve(bytes: Buffer): void {
    const { reader, handler, peers, maxRequests } = this.#host;
    const head = reader.read(bytes);
    if (head === undefined) {
      this.#handOver(bytes);
      return;
    }
    this.#deadline = 0;
    this.#served += 1;
    const exchange = new Exchange(this, head.last || this.#served === maxRequests);
    this.#exchange = exchange;
    if (head.end < bytes.length) this.#early = bytes.subarray(head.end);
    try {
      handler.serve(new FrontRequest(head, bytes, exchange, peers), exchange);
    } catch (error) {
      this.report(error);
      exchange.destroy();
    }
  }

  #keep(bytes: Buffer): void {
    this.#early = this.#early === undefined ? bytes : Buffer.concat([this.#early, bytes]);
    if (this.#early.length > earlyBytes) this.socket.pause();
  }

  #handOver(unread: Buffer): void {
    const { socket } = this;
    this.#host.forget(this);
    (socket as FrontSocket)[key] = undefined;
    socket.removeListener('data', onData);
    socket.removeListener('error', onError);
    socket.removeListener('close', onClose);
    this.#host.handOver(socket, unread);
  }
}

// The same functions for all sockets: those of their own would be the better part of what a connection holds.
function onData(this: FrontSocket, bytes: Buffer): void {
  this[key]?.read(bytes);
}

function onClose(this: FrontSocket): void {
  this[key]?.closed();
}

// Without an `error` listener Node would end the process. The `close` event that follows is enough for us.
function onError(): undefined {
  return undefined;
}
