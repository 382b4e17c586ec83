import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls, { type TlsOptions } from 'node:tls';
import type { CloseOptions, Handler } from '@cometkit/handler';
import type { RequestAttachment } from '../attach.ts';
import { type AwaitedRequest, type ConnectionHost, PushConnection } from './connection.ts';
import type { PeerRules } from './request.ts';
import { HeadReader } from './request-head.ts';
import { ResponseHeads } from './response-head.ts';

/** What a push server is made of. */
export interface PushListenerSettings {
  readonly behind: http.Server;
  readonly handler: Handler;
  readonly path: string;
  readonly secrets: TlsOptions | undefined;
  readonly maxConnections: number | undefined;
  readonly peers: PeerRules;
  /** The path where it is attached to the server behind: then that serves all connections. */
  readonly attached: RequestAttachment | undefined;
}

const headBytes = 16_384;
const longestTickMs = 1000;
const shortestTickMs = 10;
const closingTickMs = 50;
const lastMs = 500;

/** The server in front: it listens, and what its connections share is here. */
export class PushListener implements ConnectionHost {
  readonly server: net.Server;
  readonly handler: Handler;
  readonly reader: Pick<HeadReader, 'read'>;
  readonly heads: ResponseHeads;
  readonly peers: PeerRules;
  readonly #behind: http.Server;
  readonly #attached: RequestAttachment | undefined;
  readonly #halfOpen: boolean;
  readonly #connections = new Set<PushConnection>();
  #closed: Promise<void> | undefined = undefined;
  #whenEmpty: (() => void) | undefined = undefined;
  #released = false;
  #timer: NodeJS.Timeout | undefined = undefined;
  /** When connections will be looked at next (monotonic milliseconds). */
  #nextTick = 0;

  constructor({ behind, handler, path, secrets, maxConnections, peers, attached }: PushListenerSettings) {
    this.#behind = behind;
    this.#attached = attached;
    this.handler = handler;
    const reader = new HeadReader(path, Math.min(headBytes, http.maxHeaderSize));
    this.reader = attached === undefined ? reader : { read: () => undefined };
    this.heads = new ResponseHeads(behind);
    this.peers = peers;
    // Sockets are as the servers of Node make them.
    this.#halfOpen = secrets === undefined;
    this.server = listener(secrets, (socket) => this.#accept(socket));
    if (maxConnections !== undefined) this.server.maxConnections = maxConnections;
    this.server.on('listening', () => this.#opened());
  }

  get size(): number {
    return this.#connections.size;
  }

  get closing(): boolean {
    return this.#closed !== undefined;
  }

  get maxRequests(): number {
    return this.#behind.maxRequestsPerSocket ?? 0;
  }

  listen(...args: unknown[]): this {
    Reflect.apply(this.server.listen, this.server, args);
    return this;
  }

  address(): AddressInfo | string | null {
    return this.server.address();
  }

  ready(): boolean {
    return !this.closing && this.handler.ready();
  }

  async close(options?: CloseOptions): Promise<void> {
    if (options !== undefined && !this.closing) await this.handler.drain(options);
    await this.#end();
  }

  #end(): Promise<void> {
    this.#closed ??= new Promise((resolve) => {
      this.#whenEmpty = resolve;
      this.server.close(() => {
        this.#released = true;
        this.#settle();
      });
      this.#arm(closingTickMs);
      for (const connection of this.#connections) connection.dismiss();
    });
    return this.#closed;
  }

  deadline(waitsFor: AwaitedRequest): number {
    const { headersTimeout, keepAliveTimeout } = this.#behind;
    const limitMs = { first: headersTimeout, next: keepAliveTimeout, last: lastMs }[waitsFor];
    // From the next look at the connections on: late by no more than the time between two, and never early.
    return limitMs > 0 ? this.#nextTick + limitMs : 0;
  }

  handOver(socket: Socket, unread: Buffer): void {
    if (this.#halfOpen) socket.allowHalfOpen = true;
    // Paused, whatever it was: what is put back is then given out by the resume, and by nothing else.
    socket.pause();
    if (unread.length > 0) socket.unshift(unread);
    this.#behind.emit('connection', socket);
    socket.resume();
  }

  forget(connection: PushConnection): void {
    this.#connections.delete(connection);
    this.#settle();
  }

  #accept(socket: Socket): void {
    this.#connections.add(new PushConnection(this, socket));
  }

  // The server counts a connection out before its socket tells that it is closed.
  #settle(): void {
    if (!this.#released || this.#connections.size > 0) return;
    clearTimeout(this.#timer);
    // One that listens for itself has others to serve.
    if (!this.#behind.listening) this.#behind.close();
    this.#attached?.detach();
    this.#whenEmpty?.();
  }

  #opened(): void {
    // From here on the server behind watches the times of what it is given.
    if (!this.#behind.listening) this.#behind.emit('listening');
    this.#tick();
  }

  #tick(): void {
    const now = performance.now();
    for (const connection of this.#connections) connection.check(now);
    if (this.closing) this.#behind.closeIdleConnections();
    this.#arm(this.closing ? closingTickMs : this.#tickMs());
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#nextTick = performance.now() + delayMs;
    this.#timer = setTimeout(() => this.#tick(), delayMs);
    this.#timer.unref();
  }

  #tickMs(): number {
    const { headersTimeout, keepAliveTimeout } = this.#behind;
    const shortest = Math.min(headersTimeout || Infinity, keepAliveTimeout || Infinity);
    return Math.max(shortestTickMs, Math.min(longestTickMs, shortest / 4));
  }
}

function listener(options: TlsOptions | undefined, accept: (socket: Socket) => void): net.Server {
  if (options === undefined) return net.createServer({ noDelay: true }, accept);
  return tls.createServer({ ALPNProtocols: ['http/1.1'], noDelay: true, ...options }, accept);
}
