import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import {
  type CloseOptions,
  type Connections,
  countedAs,
  type Handler,
  type Peer,
  servingHandler,
} from '@cometkit/handler';
import { type WebSocket, WebSocketServer } from 'ws';
import { encodeFrames } from './frame.ts';
import { FrameOutlet } from './frame-outlet.ts';
import { MessageOutlet } from './message-outlet.ts';
import { Neighbours } from './neighbours.ts';
import { resolveOptions, type WebSocketOptions, type WebSocketSettings } from './options.ts';
import { PingTimer } from './ping-timer.ts';
import { SocketClient, type SocketClientHost, type SocketClientLimits } from './socket-client.ts';
import { runMiddleware } from './upgrade-middleware.ts';
import { claimPath, refuse, type UpgradeServer } from './upgrade-router.ts';
import { WebSocketPeer } from './web-socket-peer.ts';

/** WebSocket on a server, as long as it is not closed. */
export interface WebSocketAttachment {
  /** Sockets that are open. */
  readonly size: number;
  /**
   * Gives the path back and ends every socket; resolves when they are closed. Sessions live on for their lease.
   *
   * @param options - with `drainMs`, clients of the handler are first sent elsewhere, a few at a time.
   * @throws {RangeError | TypeError} an option is out of its range or not known.
   */
  close(options?: CloseOptions): Promise<void>;
}

const normal = 1000;
const goingAway = 1001;
// Ticks in the time after which a ping is due.
const ticksPerPing = 10;
const maxBufferedChunks = 4096;
const closeTimeout = 2000;

/**
 * Serves a handler's sessions over WebSocket, on a server that is there already.
 *
 * It takes upgrades for one path and leaves all others to their listeners. A page can connect only from an origin that the
 * handler allows.
 *
 * @example
 * ```ts
 * import http from 'node:http';
 * import { createHub, createNodeHandler } from '@cometkit/node';
 * import { attachWebSocket } from '@cometkit/websocket';
 *
 * const push = createNodeHandler(createHub(), { path: '/push' });
 * const server = http.createServer(push).listen(3000);
 * attachWebSocket(server, push, { path: '/push' });
 * ```
 *
 * @throws {RangeError} an option is out of its range.
 * @throws {TypeError} an argument is no server or no handler, an option has the wrong type, or the path is already served.
 * @throws {Error} the hub is closed.
 */
export function attachWebSocket(
  server: UpgradeServer,
  push: Handler | { readonly handler: Handler },
  options: WebSocketOptions = {},
): WebSocketAttachment {
  if (typeof (server as Partial<UpgradeServer> | undefined)?.listenerCount !== 'function')
    throw new TypeError('the first argument must be a server of node:http or node:https');
  return new Attachment(server, servingHandler(push, 'second'), resolveOptions(options));
}

class Attachment implements WebSocketAttachment, SocketClientHost {
  readonly limits: SocketClientLimits;
  readonly #handler: Handler;
  readonly #settings: WebSocketSettings;
  readonly #pingTimer: PingTimer;
  readonly #sockets: WebSocketServer;
  /** Sockets whose frames are their bytes, and, where that is allowed, those that compress. */
  readonly #framed: Connections;
  readonly #packed: Connections;
  readonly #neighbours: Neighbours<object>;
  readonly #release: () => void;
  #size = 0;
  /** Requests that their middleware has not let through yet. */
  #pending = 0;
  #closing = false;
  #whenEmpty: (() => void) | undefined = undefined;
  readonly #closeCode = (): number => (this.#closing || this.#handler.hub.closed ? goingAway : normal);

  constructor(server: UpgradeServer, handler: Handler, settings: WebSocketSettings) {
    const { handshakeMs, idleMs, pingMs } = settings;
    const tickMs = pingMs / ticksPerPing;
    this.#handler = handler;
    this.#settings = settings;
    this.#pingTimer = new PingTimer(tickMs);
    this.#neighbours = new Neighbours(settings.maxConnectionsPerAddress);
    this.limits = {
      pingTicks: ticksPerPing,
      deadTicks: ticksPerPing * 1.5,
      assemblyTicks: Math.max(1, Math.floor(settings.assemblyMs / tickMs)),
    };
    this.#framed = handler.connections({
      name: 'websocket',
      syntax: 'json',
      encode: encodeFrames,
      handshakeMs,
      idleMs,
    });
    this.#packed = handler.connections({ name: 'websocket', syntax: 'json', handshakeMs, idleMs });
    this.#sockets = new WebSocketServer(serverOptions(settings));
    this.#release = claimPath(server, settings.path, (request, stream, head) =>
      this.#inItsTurn(stream, () => this.#admit(request, stream, head)),
    );
  }

  get size(): number {
    return this.#size;
  }

  async close(options?: CloseOptions): Promise<void> {
    if (options !== undefined) await this.#handler.drain(options);
    this.#closing = true;
    this.#release();
    const empty = new Promise<void>((resolve) => {
      this.#whenEmpty = resolve;
    });
    this.#framed.close();
    this.#packed.close();
    if (this.#size > 0) await empty;
  }

  // A crowd that comes at once is upgraded in slices, like requests. Node has taken its listeners off the stream.
  #inItsTurn(stream: Duplex, admit: () => void): void {
    const { turns } = this.#handler;
    if (!turns.late()) {
      admit();
      return;
    }
    stream.on('error', ignore);
    turns.next(() => {
      stream.off('error', ignore);
      if (!stream.destroyed) admit();
    });
  }

  #admit(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const peer = this.#peerOf(request);
    if (peer === undefined || !this.#hasRoom(peer)) refuse(stream, peer === undefined ? 403 : 503);
    else if (this.#settings.use.length === 0) this.#upgrade(request, stream, head, peer);
    else this.#runMiddleware(request, stream, peer, () => this.#upgrade(request, stream, head, peer));
  }

  #hasRoom(peer: Peer): boolean {
    const full = this.#size + this.#pending >= this.#settings.maxConnections;
    return !this.#closing && !this.#handler.hub.closed && !full && this.#neighbours.hasRoom(countedAs(peer));
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer, peer: Peer): void {
    this.#sockets.handleUpgrade(request, stream, head, (socket) => this.#open(socket, stream, peer));
  }

  #runMiddleware(request: IncomingMessage, stream: Duplex, peer: Peer, passed: () => void): void {
    this.#pending += 1;
    this.#neighbours.add(stream, countedAs(peer));
    const { use, handshakeMs } = this.#settings;
    const late = (error: unknown): void => this.#handler.report(error, 'a middleware');
    runMiddleware({ use, request, stream, limitMs: handshakeMs, late }, (verdict) => {
      this.#pending -= 1;
      this.#neighbours.remove(stream);
      if (verdict.error !== undefined) late(verdict.error);
      if (verdict.status !== undefined) refuse(stream, verdict.status);
      else if (!this.#hasRoom(peer)) refuse(stream, 503);
      else passed();
    });
  }

  // Thrown in a listener of the server, an error of the program's `address` would end the process.
  #peerOf(request: IncomingMessage): Peer | undefined {
    try {
      return this.#handler.admit(new WebSocketPeer(request, this.#settings));
    } catch (error) {
      this.#handler.report(error, 'a WebSocket that asks');
      return undefined;
    }
  }

  #open(socket: WebSocket, stream: Duplex, peer: Peer): void {
    const framed = socket.extensions === '' && ownsItsFrames();
    const outlet = framed
      ? new FrameOutlet(socket, stream, this.#closeCode)
      : new MessageOutlet(socket, this.#closeCode);
    const client = new SocketClient(this, socket, stream, outlet);
    this.#size += 1;
    this.#neighbours.add(client, countedAs(peer));
    this.#pingTimer.add(client);
    client.serve((framed ? this.#framed : this.#packed).open(outlet, peer));
  }

  left(client: SocketClient): void {
    this.#pingTimer.remove(client);
    this.#neighbours.remove(client);
    this.#size -= 1;
    if (this.#size === 0) this.#whenEmpty?.();
  }
}

function ignore(): undefined {
  return undefined;
}

// Under Bun `ws` is Bun's own: frames that others write to its stream never leave once they have backed up (Bun 1.4.5).
function ownsItsFrames(): boolean {
  return process.versions['bun'] === undefined;
}

function serverOptions(settings: WebSocketSettings): ConstructorParameters<typeof WebSocketServer>[0] {
  const { maxPayload, maxFragments, compression } = settings;
  const limits = { maxPayload, maxFragments, maxBufferedChunks, closeTimeout };
  return {
    ...limits,
    noServer: true,
    clientTracking: false,
    handleProtocols: (offered) => (offered.has('cometkit') ? 'cometkit' : false),
    // Without a memory between messages a socket costs no 300 KB, and lengths tell less.
    perMessageDeflate: compression && {
      serverNoContextTakeover: true,
      clientNoContextTakeover: true,
      threshold: 1024,
      concurrencyLimit: 4,
    },
  };
}
