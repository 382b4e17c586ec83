import type { Gap } from '@cometkit/core';
import type { Failure } from '../errors.ts';
import type { ClientItem } from '../items.ts';
import type { Cursor } from './cursor.ts';
import type { TransportName, TransportReason } from './transport-selector.ts';
import type { WireEvent, WireFields } from './wire.ts';

/** How far the client is. */
export type ClientState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/** Inputs of the state machine, with their arguments. `requestId` is the number of the request or task. */
export interface Inputs {
  /** Something came, in a text of a size; an empty list is a sign of life. */
  data: [requestId: number, events: readonly WireEvent[], size?: number];
  /** A request has ended. */
  end: [requestId: number, failure: Failure | undefined];
  tick: [];
  /** The computer or the page may have slept. */
  wake: [];
  close: [];
  /** Opens a closed client again. */
  open: [];
  use: [transport: TransportName | 'auto'];
  subscribe: [requestId: number, pattern: string, fields: WireFields];
  unsubscribe: [requestId: number];
  publish: [requestId: number, fields: WireFields];
  /** A reader is behind, and has taken what comes up to a cursor. */
  hold: [reader: object, taken: string | undefined];
  /** A reader is not behind any more. */
  release: [reader: object];
}

/** Effects for the driver to perform, with their arguments. */
export interface Effects {
  /** Send a request. */
  open: [requestId: number, transport: TransportName | 'control', fields: WireFields];
  /** Give a request up. */
  abort: [requestId: number];
  /** Hand an item to a subscription; `before` is the place that the subscription leaves with it. */
  deliver: [requestId: number, item: ClientItem, before?: Cursor | undefined];
  /** Hands an item over; `before` is the cursor before it. */
  item: [item: ClientItem, before?: Cursor | undefined];
  /** A part of a subscription's past is missing. */
  missing: [gap: Gap];
  /** A subscription counts or a message was accepted; with a failure it ended. */
  settled: [requestId: number, failure: Failure | undefined, sid?: string];
  joined: [id: string];
  /** The server said something of the protocol that is neither an event nor a gap. */
  wire: [event: WireEvent];
  state: [state: ClientState];
  transport: [name: TransportName, why: TransportReason];
  /** The stream is interrupted, and will be tried again after so many milliseconds. */
  retry: [failure: Failure, delayMs: number];
  error: [failure: Failure];
}

type Call<Table> = {
  [Name in keyof Table]: [Name, ...(Table[Name] extends unknown[] ? Table[Name] : never)];
}[keyof Table];

/** One input: its name and its arguments. */
export type Input = Call<Inputs>;

/** One effect: its name and its arguments. */
export type Effect = Call<Effects>;
