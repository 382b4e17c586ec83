import type { AnySubjects, DataOf, Gap, Jsonable, JsonValue, Publishable } from '@cometkit/core';
import type { ClientError } from './errors.ts';
import type { ClientEvent, ClientItem } from './items.ts';
import type { ClientState } from './machine/inputs.ts';
import type { TransportName, TransportReason } from './machine/transport-selector.ts';
import type { WireEvent } from './machine/wire.ts';
import type { SubscribeOptions } from './options.ts';
import type { ClientStream, StreamOptions } from './produced-stream.ts';
import type { RequestOptions } from './requests.ts';
import type { Subscription } from './subscription.ts';

/** The notices of a client's life, with their arguments. */
export interface ClientEvents {
  /** Another state was entered. */
  state: [state: ClientState];

  /** The connection was lost; the client tries again after `delayMs` milliseconds. */
  reconnecting: [error: ClientError, delayMs: number];
  /** A session was joined, the first or another. */
  joined: [id: string];
  /** A message of the server other than an event or a gap, unchanged. */
  wire: [event: WireEvent];
  /** A part of the stream is missing, and nobody can bring it back; with `past` a part of what a subscription asked for of the past. */
  gap: [gap: Gap, past?: boolean];
  /** Events come over another transport, and why. */
  transport: [transport: TransportName, reason: TransportReason];
  /** Every event in its order, also those that no subscription asked for because they were sent to this client. */
  event: [event: ClientEvent];
  /** An error. Without a listener it goes to the page's `reportError`, or to the console. */
  error: [error: ClientError];
}

/** Options of a message. */
export interface PublishOptions {
  /** Public id of the one session that it is for. */
  readonly to?: string | undefined;
  /** Gives the message up: the promise rejects with the signal's reason, also when the server may have accepted it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * A client: one session with one server, kept alive through everything.
 *
 * State `connecting` until events come for the first time, then `open`; `reconnecting` while the connection is lost;
 * `closed` after `close()` or when the server refused the join, until `open()`.
 */
export interface Client<Subjects = AnySubjects> {
  readonly state: ClientState;
  /** Public id of the session: what others see as `from`, and can publish to; undefined until it is joined. */
  readonly id: string | undefined;
  /** The transport that events come over; undefined until they do. */
  readonly transport: TransportName | undefined;
  /** Cursor of the last event that the application got. Pass it as `resumeFrom` to continue from there. */
  readonly cursor: string | undefined;
  /**
   * Subscribes to subjects: `/a` with all below it, `*` for one segment, a last `**` for any rest, commas between
   * several.
   */
  subscribe<const Pattern extends string>(
    pattern: Pattern,
    options: SubscribeOptions & { readonly gaps: true },
  ): Subscription<ClientItem<DataOf<Subjects, Pattern>>>;
  subscribe<const Pattern extends string>(
    pattern: Pattern,
    options?: SubscribeOptions,
  ): Subscription<ClientEvent<DataOf<Subjects, Pattern>>>;
  /**
   * Publishes. Resolves when the server has accepted the message; until then it is sent again whenever that can not
   * publish it twice.
   *
   * @throws {ClientError} `invalid`, `refused`, `unconfirmed`, `busy`, `closed`; the reason of the signal when that is aborted.
   */
  publish<const Subject extends string, Data>(
    subject: Subject,
    data: Publishable<Subjects, Subject, Data>,
    options?: PublishOptions,
  ): Promise<void>;
  /**
   * Asks the server's handler of a subject. It is carried out once at most, however often it has to be sent, and its answer comes with
   * the stream.
   *
   * @returns what the handler returned, as JSON carries it; null where it returned nothing.
   * @throws {ClientError} `refused`: `serverCode` is that of the handler's `RequestError`, `no-handler`, or `failed` for anything else that it
   *   threw; `timeout`; `unconfirmed` — the session ended before the answer came: it may have been carried out; `invalid`, `busy`,
   *   `closed`; the reason of the signal when that is aborted.
   */
  request<Data>(subject: string, data: Jsonable<Data>, options?: RequestOptions): Promise<JsonValue>;
  /**
   * Reads what one producer of the server sends to a subject, from its first value to its end: over reconnects, and from the beginning
   * after a reload. Each iteration reads by itself, and waits for a stream that has not begun.
   *
   * The iteration throws a {@link ClientError}: `refused`, where `serverCode` is `failed` or that of the producer's `RequestError`,
   * `cancelled`, `trimmed`, `no-stream` when it is gone, or that of a refused subscription; `closed` when the client was.
   *
   * @typeParam Value - what its values are.
   */
  stream<Value = JsonValue>(subject: string, options?: StreamOptions): ClientStream<Value>;
  /** Changes the transport without losing or repeating anything; `auto` leaves the choice to the client again. */
  use(transport: TransportName | 'auto'): void;
  /**
   * Leaves. Messages that wait are given back with `closed`; subscriptions are closed until {@link Client.open}.
   *
   * @returns a promise that resolves when the server knows, after two seconds at the latest.
   */
  close(): Promise<void>;
  /**
   * Reopens a closed client, whether the server refused it or `close()` was called; does nothing otherwise. A client that is
   * still leaving finishes that first.
   *
   * Every subscription becomes active again and gets the events it missed, or a gap, except those that were unsubscribed,
   * refused by themselves, or whose iteration has ended. Messages that waited when the client was closed have been rejected
   * and are not sent.
   */
  open(): void;
  on<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void;
  off<Name extends keyof ClientEvents>(name: Name, listener: (...args: ClientEvents[Name]) => void): void;
}
