import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection, PermissionViolationError, type Status } from '@nats-io/transport-node';
import { explain, isFinal, isTimeout, Refusal } from './faults.ts';
import type { NatsSettings } from './options.ts';
import type { Timings } from './timings.ts';

/** How long a server may take to remove the files of a stream that somebody has deleted. Units: milliseconds. */
const removalMs = 200;

/** Waits before a stream is made again: a server that still removes the files of the last one takes those of the next one along. */
export function untilRemoved(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, removalMs));
}

/** Of version 2 the first that a stream with replicas can be trusted to. */
const leastMinor = 10;

/** How often, and for how long, somebody asks who leads a stream. Units: milliseconds. */
const ledMs = 50;
const longestLedMs = 2000;

/** Waits until the servers that have a stream have chosen the one that leads it: a write before meets what looks like no JetStream. */
export async function untilLed({ manager }: Live, stream: string): Promise<void> {
  for (const end = performance.now() + longestLedMs; performance.now() < end; ) {
    // Of a stream that another node has just made not every server has heard.
    const info = await manager.streams.info(stream).catch(() => undefined);
    if (info !== undefined && (info.cluster === undefined || info.cluster.leader)) return;
    await new Promise((resolve) => setTimeout(resolve, ledMs));
  }
}

/**
 * Refuses a server that lets several writers win one compare-and-swap of a stream that has replicas, as older ones do.
 *
 * @throws {Refusal}
 */
export function checkReplicas({ info }: NatsConnection, replicas: number, what: string): void {
  const version = info?.version;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (replicas === 1 || version === undefined || major > 2 || minor >= leastMinor) return;
  throw new Refusal(`${what} needs nats-server 2.${leastMinor} or later, and this one is ${version}`);
}

/** A connection as long as it is up. */
export interface Live {
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly manager: JetStreamManager;
  /** What subjects for answers begin with, where it is not `_INBOX`. */
  readonly inboxPrefix: string | undefined;
}

/** Told of a connection's ups and downs. */
export interface LinkWatcher {
  up(): void;
  down(why: string): void;
}

/** The one connection of a node. It comes back by itself, for ever; what was under way when it broke fails at once. */
export class Link {
  readonly #settings: NatsSettings;
  readonly #name: string;
  readonly #timings: Timings;
  readonly #watchers = new Set<LinkWatcher>();
  readonly #underWay = new Set<(error: Error) => void>();
  #live: Live | undefined = undefined;
  #connected = false;
  #stopped = false;
  // The server tells of a refusal beside the request, which only times out.
  #denied: PermissionViolationError | undefined = undefined;

  constructor(settings: NatsSettings, name: string, timings: Timings) {
    this.#settings = settings;
    this.#name = name;
    this.#timings = timings;
  }

  get connected(): boolean {
    return this.#connected;
  }

  watch(watcher: LinkWatcher): void {
    this.#watchers.add(watcher);
  }

  /**
   * Connects for the first time.
   *
   * @throws {Refusal} — the server refuses, or none has answered within `withinMs`.
   */
  async open(withinMs: number): Promise<void> {
    const end = performance.now() + withinMs;
    for (;;) {
      try {
        await this.#connect();
        this.#up();
        return;
      } catch (error) {
        const left = end - performance.now();
        if (isFinal(error) || this.#stopped || left <= 0) throw this.#unreachable(error);
        await new Promise((resolve) => setTimeout(resolve, Math.min(this.#timings.retryMs, left)));
      }
    }
  }

  /**
   * Does what needs the connection.
   *
   * @throws {Error} — the connection is down or breaks, or the work fails. It may have been done nevertheless.
   */
  async run<T>(work: (live: Live) => Promise<T>): Promise<T> {
    const live = this.#live;
    if (live === undefined || !this.#connected) throw new Error('not connected to NATS');
    this.#denied = undefined;
    let fail: (error: Error) => void = () => undefined;
    const broken = new Promise<never>((_, reject) => {
      fail = reject;
    });
    this.#underWay.add(fail);
    try {
      return await Promise.race([work(live), broken]);
    } catch (error) {
      throw isTimeout(error) && this.#denied !== undefined ? this.#denied : error;
    } finally {
      this.#underWay.delete(fail);
    }
  }

  /** Breaks a connection that no longer answers, to make another. */
  kick(): void {
    if (this.#connected) this.#live?.connection.reconnect().catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#stopped = true;
    this.#down('stopped');
    await this.#live?.connection.close();
  }

  async #connect(): Promise<void> {
    const { servers, connection: given } = this.#settings;
    const { requestMs, retryMs } = this.#timings;
    const connection = await connect({
      pingInterval: 10_000,
      reconnectTimeWait: retryMs,
      reconnectJitter: retryMs,
      timeout: requestMs,
      name: `cometkit ${this.#name}`,
      ...given,
      servers: [...servers],
      reconnect: true,
      maxReconnectAttempts: -1,
      ignoreAuthErrorAbort: true,
    });
    if (this.#stopped) return connection.close();
    await this.#review(connection);
    // No question about the account, which an operator need not allow.
    const options = { timeout: requestMs, checkAPI: false };
    const manager = await jetstreamManager(connection, options);
    const { inboxPrefix } = given;
    this.#live = { connection, client: jetstream(connection, options), manager, inboxPrefix };
    this.#connected = true;
    void this.#follow(connection);
  }

  async #review(connection: NatsConnection): Promise<void> {
    try {
      checkReplicas(connection, this.#settings.replicas, 'option `replicas` above 1');
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  async #follow(connection: NatsConnection): Promise<void> {
    for await (const status of connection.status()) this.#heed(status);
    if (this.#stopped) return;
    // The client has given up after all.
    this.#down('the connection has ended');
    await this.open(Number.POSITIVE_INFINITY).catch(() => undefined);
  }

  #heed(status: Status): void {
    if (status.type === 'disconnect') this.#down(`the connection to ${status.server} is broken`);
    if (status.type === 'error' && status.error instanceof PermissionViolationError)
      this.#denied = status.error;
    if (status.type === 'reconnect') this.#up();
  }

  #up(): void {
    if (this.#stopped) return;
    this.#connected = true;
    for (const watcher of this.#watchers) watcher.up();
  }

  #down(why: string): void {
    if (!this.#connected) return;
    this.#connected = false;
    for (const fail of this.#underWay) fail(new Error(why));
    this.#underWay.clear();
    for (const watcher of this.#watchers) watcher.down(why);
  }

  // A server that has ended the handshake for want of a certificate looks like one that says nothing.
  #handshake(error: unknown): string {
    const { servers, connection } = this.#settings;
    const { tls } = connection;
    const secure = tls != null || servers.some((server) => server.startsWith('tls:'));
    if (!isTimeout(error) || !secure || tls?.cert !== undefined || tls?.certFile !== undefined) return '';
    return '; if it wants a certificate of its clients (`verify: true`), give `tls: { cert, key }` in option `connection`';
  }

  #unreachable(error: unknown): Refusal {
    const at = this.#settings.servers.map((server) => server.replace(/\/\/.*@/, '//')).join(', ');
    const words = isFinal(error)
      ? `NATS at ${at}: ${explain(error)}`
      : `option \`servers\`: no NATS server answers at ${at} (${explain(error)}${this.#handshake(error)})`;
    return new Refusal(words, { cause: error });
  }
}
