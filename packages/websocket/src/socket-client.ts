import type { Duplex } from 'node:stream';
import type { Connection } from '@cometkit/handler';
import type { WebSocket } from 'ws';
import { FrameTracker } from './frame-tracker.ts';
import type { Ticking } from './ping-timer.ts';

/** When to ping a silent client and when to close it, in ticks of the timer. */
export interface SocketClientLimits {
  /** Silence after which a ping is sent. */
  readonly pingTicks: number;
  /** Silence after which the socket is closed. */
  readonly deadTicks: number;
  /** How long a message may take from its first byte to its last. */
  readonly assemblyTicks: number;
}

/** The server side that its sockets share. */
export interface SocketClientHost {
  readonly limits: SocketClientLimits;
  /** Called when a socket has closed. */
  left(client: SocketClient): void;
}

const tooSlow = 1008;
const textOnly = 1003;
const key = Symbol('the client of a socket');

interface ServedSocket extends WebSocket {
  [key]?: SocketClient;
}

interface ServedStream extends Duplex {
  [key]?: SocketClient;
}

/**
 * One WebSocket that is served: it brings messages to a connection, no faster than they are carried out, and watches for
 * a client that has vanished and for messages that do not end.
 *
 * Listeners are the same functions for all: those of their own would be some 600 bytes for each socket.
 */
export class SocketClient implements Ticking {
  readonly #host: SocketClientHost;
  readonly #socket: WebSocket;
  readonly #outlet: { closed(): void };
  #connection: Connection | undefined = undefined;
  // None between frames, which is nearly always.
  #tracker: FrameTracker | undefined = undefined;
  #silent = 0;
  #assembling = 0;

  constructor(host: SocketClientHost, socket: WebSocket, stream: Duplex, outlet: { closed(): void }) {
    this.#host = host;
    this.#socket = socket;
    this.#outlet = outlet;
    (socket as ServedSocket)[key] = this;
    (stream as ServedStream)[key] = this;
    stream.on('data', onData);
    socket.on('message', onMessage);
    socket.on('close', onClose);
    socket.on('error', ignore);
  }

  /** Names the connection that messages are for. */
  serve(connection: Connection): void {
    this.#connection = connection;
    connection.comesFrom(this.#socket);
  }

  /** Counts one tick of silence. */
  tick(): void {
    const { pingTicks, deadTicks, assemblyTicks } = this.#host.limits;
    // A paused socket is not read, so its silence means nothing.
    if (this.#socket.isPaused) return;
    this.#silent += 1;
    if (this.#silent >= deadTicks) this.#socket.terminate();
    else if (this.#silent === pingTicks) this.#socket.ping();
    this.#assembling = this.#tracker === undefined ? 0 : this.#assembling + 1;
    if (this.#assembling >= assemblyTicks) this.#socket.close(tooSlow, 'the message took too long');
  }

  /** Notes that bytes came from the client, and follows its frames. */
  heard(chunk: Uint8Array): void {
    this.#silent = 0;
    const tracker = this.#tracker ?? new FrameTracker();
    if (tracker.follow(chunk)) this.#assembling = 0;
    this.#tracker = tracker.unfinished ? tracker : undefined;
  }

  /** Takes a message. */
  receive(text: string | undefined): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (text === undefined) socket.close(textOnly, 'text only');
    else if (this.#connection?.receive(text) === false) socket.pause();
  }

  /** Called when the socket has closed. */
  closed(): void {
    this.#host.left(this);
    this.#outlet.closed();
  }
}

function onData(this: ServedStream, chunk: Uint8Array): void {
  this[key]?.heard(chunk);
}

function onMessage(this: ServedSocket, data: unknown, isBinary: boolean): void {
  this[key]?.receive(isBinary ? undefined : String(data));
}

function onClose(this: ServedSocket): void {
  this[key]?.closed();
}

// `ws` emits `error` for every protocol violation; without a listener that would end the process.
function ignore(): undefined {
  return undefined;
}
