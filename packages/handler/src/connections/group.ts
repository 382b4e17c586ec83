import { callback, checkOptions, choice, count, type RulesOf } from '@cometkit/core/check-options';
import type { EncodeCache } from '../encode-cache.ts';
import type { HandlerContext } from '../handler-context.ts';
import type { Outlet } from '../http.ts';
import { type Stallable, Watchdog } from '../watchdog.ts';
import type { Connection } from './connection.ts';
import type { Execute } from './execute.ts';
import type { MessageRules } from './message.ts';
import { type MediumName, type MessageFormatOptions, messageFormat } from './message-format.ts';
import { MulticastFeed } from './multicast-feed.ts';
import { type ConnectionHost, OpenConnection } from './open-connection.ts';
import { knownOf, type Peer } from './peer.ts';

/** Options of the connections of one server. */
export interface ConnectionsOptions extends MessageFormatOptions {
  /** How long a connection may be open without a session. @defaultValue 5000 ms */
  readonly handshakeMs?: number;
  /**
   * How long a connection with a session may be silent without listening.
   *
   * @defaultValue 60 000 ms
   */
  readonly idleMs?: number;
}

/** The connections of one server, which share a medium and deadlines. */
export interface Connections {
  /** The number of open connections. */
  readonly size: number;
  /** Adds a connection, until its outlet closes. */
  open(outlet: Outlet, peer: Peer): Connection;
  /**
   * Writes every event of a pattern to an outlet without a client, such as a multicast group.
   *
   * @remarks
   * Events for one session, one user or all sessions are left out. A heartbeat is sent when there are no events.
   *
   * @returns a function that ends the feed.
   * @throws {CometError} `invalid-pattern` — the pattern is not valid.
   * @throws {CometError} `hub-closed` — the hub is closed.
   */
  feed(pattern: string, outlet: Outlet): () => void;
  /**
   * Ends every connection and accepts no more. With `dismiss`, each client is asked to reconnect after a random delay
   * of its own.
   */
  close(how?: 'dismiss'): void;
}

const defaults = { handshakeMs: 5000, idleMs: 60_000 };
const rules: RulesOf<ConnectionsOptions> = {
  name: choice('websocket', 'tcp', 'udp'),
  syntax: choice('xml', 'json'),
  encode: callback,
  maxEventBytes: count,
  handshakeMs: count,
  idleMs: count,
};

/** Makes the {@link Connections} of a handler. @throws RangeError — a deadline is not a positive integer. */
export class ConnectionGroup implements Connections, ConnectionHost {
  readonly handler: HandlerContext;
  readonly execute: Execute;
  readonly rules: MessageRules;
  readonly encoder: EncodeCache;
  readonly medium: MediumName | undefined;
  readonly #strangers: Watchdog;
  readonly #idlers: Watchdog;
  readonly #open = new Set<OpenConnection>();
  // Deadlines of connections that must join or listen soon.
  readonly #deadlines = new Map<OpenConnection, Stallable>();
  readonly #feeds = new Set<MulticastFeed>();
  readonly #onHubClosed = (): void => this.close();

  constructor(handler: HandlerContext, execute: Execute, options: ConnectionsOptions) {
    checkOptions(options, rules);
    const { runtime, maxBodyBytes, maxFields, maxFieldLength } = handler.settings;
    this.handler = handler;
    this.execute = execute;
    this.rules = {
      syntax: options.syntax,
      keepBreaks: options.syntax === 'xml',
      maxBodyBytes,
      maxFields,
      maxFieldLength,
    };
    this.medium = options.name;
    this.encoder = handler.output.encoders.of(messageFormat(options));
    this.#strangers = new Watchdog(runtime, options.handshakeMs ?? defaults.handshakeMs);
    this.#idlers = new Watchdog(runtime, options.idleMs ?? defaults.idleMs);
    handler.hub.on('closed', this.#onHubClosed);
  }

  get size(): number {
    return this.#open.size;
  }

  open(outlet: Outlet, peer: Peer): Connection {
    const connection = new OpenConnection(this, outlet, this.handler.guards.look ? peer : knownOf(peer));
    if (connection.over) return connection;
    this.#open.add(connection);
    this.waits(connection, 'stranger');
    if (this.handler.hub.closed) connection.end();
    return connection;
  }

  feed(pattern: string, outlet: Outlet): () => void {
    const feed = new MulticastFeed(this.handler, this.encoder, outlet);
    feed.start(pattern);
    this.#feeds.add(feed);
    return () => {
      this.#feeds.delete(feed);
      feed.end();
    };
  }

  close(how?: 'dismiss'): void {
    this.handler.hub.off('closed', this.#onHubClosed);
    for (const feed of this.#feeds) feed.end();
    this.#feeds.clear();
    for (const connection of [...this.#open]) {
      if (how === 'dismiss') connection.dismiss();
      else connection.end();
    }
  }

  waits(connection: OpenConnection, as: 'stranger' | 'idler' | 'listener'): void {
    if (!this.#open.has(connection)) return;
    if (as === 'listener') {
      this.#forget(connection);
      return;
    }
    const watched = this.#deadlines.get(connection) ?? new Deadline(connection);
    this.#deadlines.set(connection, watched);
    this.#idlers.remove(watched);
    if (as === 'idler') this.#idlers.add(watched);
    // Messages do not extend the deadline of a connection that has not joined.
    if (as === 'stranger') this.#strangers.add(watched);
    else this.#strangers.remove(watched);
  }

  closed(connection: OpenConnection): void {
    this.#open.delete(connection);
    this.#forget(connection);
  }

  #forget(connection: OpenConnection): void {
    const watched = this.#deadlines.get(connection);
    if (watched === undefined) return;
    this.#deadlines.delete(connection);
    this.#strangers.remove(watched);
    this.#idlers.remove(watched);
  }
}

/** Ends a connection whose deadline has passed. */
class Deadline implements Stallable {
  readonly #connection: OpenConnection;

  constructor(connection: OpenConnection) {
    this.#connection = connection;
  }

  stalled(): void {
    this.#connection.end();
  }
}
