import type { Failure } from '../errors.ts';
import type { TransportName } from '../machine/transport-selector.ts';
import type { WireEvent, WireFields } from '../machine/wire.ts';
import type { ClientRuntime } from '../runtime.ts';

/** Where a transport finds the server, and with what. */
export interface Endpoint {
  readonly url: string;
  readonly runtime: ClientRuntime;
  readonly credentials: 'omit' | 'same-origin' | 'include';
  /** The longest event that is taken in, in UTF-16 units. */
  readonly maxEventChars: number;
  /** Headers of each request; asked anew each time, since tokens expire. */
  headers(): Record<string, string> | Promise<Record<string, string>>;
  /** True when no request has headers of the application: then commands may be messages, which have none. */
  readonly plain: boolean;
  /**
   * Set by a transport while its channel also takes commands: sends one over the channel.
   *
   * @returns false when it has to be a request of its own.
   */
  carry?: ((fields: WireFields, sink: Sink) => boolean) | undefined;
}

/** Where a transport brings what it hears. After it was stopped nothing of it is looked at. */
export interface Sink {
  /**
   * Takes what came at once; an empty list is a sign of life.
   *
   * @param size - length of the text that they came in, in bytes or UTF-16 units: what the server's window is measured in.
   */
  data(events: readonly WireEvent[], size: number): void;
  /** Takes the end, once. */
  end(failure: Failure | undefined): void;
}

/** A way of receiving that does not come with every client. */
export interface Transport {
  readonly name: TransportName;
  /**
   * Opens a data channel.
   *
   * @returns a function that closes it.
   */
  open(endpoint: Endpoint, fields: WireFields, sink: Sink): () => void;
}
