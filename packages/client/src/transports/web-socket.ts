import type { Failure } from '../errors.ts';
import { tooLarge } from '../machine/too-large.ts';
import { textOf, type WireEvent, type WireFields } from '../machine/wire.ts';
import { CarriedCommands } from './carried-commands.ts';
import { decodeEvent } from './lines.ts';
import type { Endpoint, Sink, Transport } from './transport.ts';

// Three quarters of what a server takes in one message by default, if each took three bytes (UTF-16 units).
const longestCommand = 16_384;
// The close code for a message that is too long for the server.
const tooBig = 1009;

/** The constructor of `WebSocket`, of a browser, of Node 22 or of a package. */
export type WebSocketClass = new (url: string) => WebSocketLike;

/** The part of a `WebSocket` that the client uses. */
export interface WebSocketLike {
  addEventListener(type: 'open' | 'error', listener: () => void): void;
  addEventListener(type: 'message', listener: (event: { readonly data?: unknown }) => void): void;
  addEventListener(type: 'close', listener: (event: { readonly code?: number }) => void): void;
  send(text: string): void;
  close(): void;
}

/**
 * Receives over a `WebSocket`: the one that is there, or one that is given. The server needs `@cometkit/websocket` at the
 * same address.
 *
 * Messages and requests travel on the socket, too, unless the client has headers of its own, which a message cannot have; other
 * commands, and long ones, go over HTTP. A refused connection counts against the transport, so that behind a proxy without WebSocket
 * support the client takes the next one.
 */
export function webSocket(given?: WebSocketClass): Transport {
  const limit = { chars: longestCommand };
  return {
    name: 'web-socket',
    open(endpoint, fields, sink) {
      const WebSocket = given ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
      if (WebSocket === undefined) {
        sink.end({ code: 'unsupported' });
        return () => undefined;
      }
      const channel = new SocketChannel(new WebSocket(addressOf(endpoint)), endpoint, sink, limit);
      channel.listen(fields);
      return () => channel.close();
    },
  };
}

/** One socket that brings the events of a session, and takes commands. */
class SocketChannel {
  readonly #socket: WebSocketLike;
  readonly #endpoint: Endpoint;
  readonly #sink: Sink;
  readonly #limit: { chars: number };
  readonly #commands: CarriedCommands;
  readonly #carry: NonNullable<Endpoint['carry']>;
  #open = false;
  #over = false;

  /** @param limit - the longest command that goes over sockets like it: less after one has ended at its length. */
  constructor(socket: WebSocketLike, endpoint: Endpoint, sink: Sink, limit: { chars: number }) {
    this.#socket = socket;
    this.#endpoint = endpoint;
    this.#sink = sink;
    this.#limit = limit;
    this.#commands = new CarriedCommands((text) => socket.send(text));
    this.#carry = (...command) => this.#commands.carry(limit.chars, ...command);
  }

  listen(fields: WireFields): void {
    const socket = this.#socket;
    socket.addEventListener('open', () => {
      this.#open = true;
      socket.send(JSON.stringify(fields));
    });
    socket.addEventListener('message', ({ data }) => this.#take(String(data)));
    // The close behind it says the same, and comes always.
    socket.addEventListener('error', () => undefined);
    socket.addEventListener('close', ({ code = 0 }) => {
      // Half of it, for a batch may be of any length up to the limit: each try costs a socket.
      if (code === tooBig) this.#limit.chars = Math.min(this.#limit.chars, (this.#commands.length ?? 0) >> 1);
      this.#end({ code: this.#open ? 'cut' : 'unreachable', status: code });
    });
  }

  close(): void {
    this.#leave();
    this.#commands.cut();
  }

  #leave(): void {
    this.#over = true;
    this.#socket.close();
    if (this.#endpoint.carry === this.#carry) this.#endpoint.carry = undefined;
  }

  #take(text: string): void {
    const { maxEventChars } = this.#endpoint;
    const event = decodeEvent(text, maxEventChars);
    if (!event) this.#end(text.length > maxEventChars ? tooLarge(maxEventChars) : { code: 'malformed' });
    else if (isLost(event)) this.#end({ code: 'unknown-session' });
    else if (this.#over || this.#commands.take(event, text.length)) return;
    else {
      if (event.event === 'listen-ack') this.#endpoint.carry = this.#carry;
      this.#sink.data([event], text.length);
    }
  }

  #end(failure: Failure): void {
    if (this.#over) return;
    this.#leave();
    // Why the channel ended says more than that its commands were cut.
    this.#sink.end(failure);
    this.#commands.cut();
  }
}

function addressOf({ url }: Endpoint): string {
  const address = new URL(url, globalThis.document?.baseURI);
  address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
  return address.href;
}

// Over HTTP it is a status; here it is a word.
function isLost(event: WireEvent): boolean {
  return event.event === 'refused' && textOf(event, 'code') === 'unknown-session';
}
