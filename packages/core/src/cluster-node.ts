import { adopt } from './adoption.ts';
import type { ClusterHost } from './cluster-host.ts';
import type { Dispatcher } from './dispatcher.ts';
import type { Cluster, EngineState } from './engine-port.ts';
import type { Changed, HubCluster, LogWatcher, SessionChange, SessionParts } from './hub-cluster.ts';
import { Reach } from './reach.ts';
import type { RemotePublisher } from './remote-publisher.ts';
import type { Session } from './session.ts';
import { allOf, checkChange } from './session-changes.ts';
import type { TailLog } from './tail-log.ts';
import { TailReader } from './tail-reader.ts';
import type { CloseReason } from './transport.ts';

/** What the parts of a node are. */
interface NodeParts {
  readonly engine: ClusterHost;
  readonly cluster: Cluster;
  readonly log: TailLog;
  readonly publisher: RemotePublisher;
  readonly dispatcher: Dispatcher;
}

/** One node of a cluster: follows the log, takes in sessions of other nodes and changes them everywhere. */
export class ClusterNode implements HubCluster {
  readonly node: string;
  asked: HubCluster['asked'] = undefined;
  #state: EngineState = 'behind';
  #started: Promise<void> | undefined = undefined;
  readonly #parts: NodeParts;
  readonly #reach: Reach;
  readonly #watchers: LogWatcher[] = [];
  readonly #reader: TailReader;

  constructor(parts: NodeParts) {
    this.#parts = parts;
    this.node = parts.cluster.node;
    this.#reach = new Reach(parts.log, parts.cluster.log);
    this.#reader = new TailReader({
      ...parts,
      outgoing: parts.publisher.outgoing,
      watchers: this.#watchers,
      moved: () => this.#reach.moved(),
      state: (to) => this.#turn(to),
    });
  }

  get state(): EngineState {
    return this.#state;
  }

  get applying(): boolean {
    return this.#reader.applying;
  }

  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  watch(watcher: LogWatcher): void {
    this.#watchers.push(watcher);
  }

  settled(): Promise<void> {
    return this.#parts.publisher.outgoing.settled();
  }

  reach(cursor: string, waitMs: number): Promise<boolean> {
    return this.#reach.to(cursor, this.#parts.engine.now() + waitMs);
  }

  present(waitMs: number): Promise<boolean> {
    return this.#reach.present(this.#parts.engine.now() + waitMs);
  }

  adopt(parts: SessionParts): Session {
    return adopt(this.#parts.engine, this.#parts.log, parts);
  }

  park(session: Session): void {
    this.#parts.engine.park(session, 'superseded');
  }

  /** Ends the sessions of a principal on the other nodes. */
  disconnect(principal: string, reason: CloseReason): void {
    const { engine, publisher } = this.#parts;
    if (engine.closed) return;
    publisher.change(allOf(principal), { kind: 'leave', reason }).catch((error: unknown) => {
      if (!engine.closed) engine.report(error, 'disconnect() on other nodes');
    });
  }

  reauthorize(who: Session | string): void {
    const { engine, publisher } = this.#parts;
    if (engine.closed) return;
    const named = typeof who === 'string' ? allOf(who) : who.id;
    publisher.change(named, { kind: 'reauthorize' }).catch((error: unknown) => {
      if (!engine.closed) engine.report(error, 'reauthorize() on other nodes');
    });
  }

  async change(session: string, change: SessionChange): Promise<Changed> {
    checkChange(session, change);
    return this.#parts.publisher.change(session, change);
  }

  /** Ends waiting that is in vain, and tries again what has failed. `now` is in monotonic milliseconds. */
  tick(now: number): void {
    this.#parts.publisher.outgoing.tick(now);
    this.#reach.expire(now);
  }

  close(): void {
    this.#parts.publisher.close();
    this.#reach.expire(Number.POSITIVE_INFINITY);
  }

  async #start(): Promise<void> {
    const { cluster, publisher } = this.#parts;
    await cluster.log.start(this.#reader);
    publisher.outgoing.start();
  }

  #turn(state: EngineState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#parts.engine.events.emit('engine', state);
  }
}
