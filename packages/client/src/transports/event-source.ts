import type { Failure } from '../errors.ts';
import { tooLarge } from '../machine/too-large.ts';
import { addressOf } from './address.ts';
import { decodeEvent } from './lines.ts';
import type { Transport } from './transport.ts';

/** The constructor of `EventSource`, of a browser or of a package. */
export type EventSourceClass = new (url: string, options?: { withCredentials?: boolean }) => EventSourceLike;

/** The part of an `EventSource` that the client uses. */
export interface EventSourceLike {
  addEventListener(type: string, listener: (event: { readonly data?: unknown }) => void): void;
  close(): void;
}

// Every message whole, as a line of ndjson is.
const asMessages = { format: 'sse', events: 'envelope' };

/**
 * Receives over an `EventSource`: the browser's, or one that is given.
 *
 * It does not use the automatic reconnect of `EventSource`, which gives up for good on an error status; the client reconnects
 * itself.
 */
export function eventSource(given?: EventSourceClass): Transport {
  return {
    name: 'event-source',
    open(endpoint, fields, sink) {
      const EventSource = given ?? (globalThis as { EventSource?: EventSourceClass }).EventSource;
      if (EventSource === undefined) {
        sink.end({ code: 'unsupported' });
        return () => undefined;
      }
      const withCredentials = endpoint.credentials === 'include';
      const source = new EventSource(addressOf(endpoint, { ...fields, ...asMessages }), { withCredentials });
      const { maxEventChars: limit } = endpoint;
      const fail = (failure: Failure): void => {
        source.close();
        sink.end(failure);
      };
      const take = ({ data }: { readonly data?: unknown }): void => {
        const text = String(data);
        const event = decodeEvent(text, limit);
        if (event) sink.data([event], text.length);
        else fail(text.length > limit ? tooLarge(limit) : { code: 'malformed' });
      };
      source.addEventListener('message', take);
      source.addEventListener('error', () => fail({ code: 'unreachable' }));
      return () => source.close();
    },
  };
}
