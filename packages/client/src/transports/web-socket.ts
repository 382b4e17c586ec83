import type { Failure } from '../errors.ts';
import { tooLarge } from '../machine/too-large.ts';
import { textOf, type WireEvent } from '../machine/wire.ts';
import { decodeEvent } from './lines.ts';
import type { Endpoint, Transport } from './transport.ts';

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
 * It carries only events; commands go over HTTP as always. A refused connection counts against the transport, so that behind
 * a proxy without WebSocket support the client takes the next one.
 */
export function webSocket(given?: WebSocketClass): Transport {
  return {
    name: 'web-socket',
    open(endpoint, fields, sink) {
      const WebSocket = given ?? (globalThis as { WebSocket?: WebSocketClass }).WebSocket;
      if (WebSocket === undefined) {
        sink.end({ code: 'unsupported' });
        return () => undefined;
      }
      const socket = new WebSocket(addressOf(endpoint));
      const { maxEventChars: limit } = endpoint;
      let over = false;
      let open = false;
      const end = (failure: Failure): void => {
        if (over) return;
        over = true;
        socket.close();
        sink.end(failure);
      };
      socket.addEventListener('open', () => {
        open = true;
        socket.send(JSON.stringify(fields));
      });
      socket.addEventListener('message', ({ data }) => {
        const text = String(data);
        const event = decodeEvent(text, limit);
        if (!event) end(text.length > limit ? tooLarge(limit) : { code: 'malformed' });
        else if (isLost(event)) end({ code: 'unknown-session' });
        else if (!over) sink.data([event], text.length);
      });
      // The close behind it says the same, and comes always.
      socket.addEventListener('error', () => undefined);
      socket.addEventListener('close', ({ code = 0 }) =>
        end({ code: open ? 'cut' : 'unreachable', status: code }),
      );
      return () => {
        over = true;
        socket.close();
      };
    },
  };
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
