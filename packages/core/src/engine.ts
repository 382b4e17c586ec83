import { Attachments } from './attachments.ts';
import { Budget } from './budget.ts';
import type { ClusterHost } from './cluster-host.ts';
import { ClusterNode } from './cluster-node.ts';
import { DeliveryGroup } from './delivery-group.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Cluster } from './engine-port.ts';
import type { CometError } from './errors.ts';
import type { Gap } from './event.ts';
import { Groups } from './groups.ts';
import type { SubscriptionParts } from './hub-cluster.ts';
import { HubEventEmitter } from './hub-events.ts';
import { type Counters, noCounts } from './hub-internals.ts';
import { LastValues } from './last-values.ts';
import type { EventLog } from './log.ts';
import { MemoryLog } from './memory-log.ts';
import type { HubLimits } from './options.ts';
import type { Matching } from './pattern.ts';
import { Publisher } from './publisher.ts';
import { type Publishing, RemotePublisher } from './remote-publisher.ts';
import type { Runtime } from './runtime.ts';
import type { Seat } from './seat.ts';
import type { Session } from './session.ts';
import { SessionMemory } from './session-memory.ts';
import { Sessions } from './sessions.ts';
import { SubjectIndex } from './subject-index.ts';
import type { Interest, Subscription } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import { TailLog } from './tail-log.ts';
import type { CloseReason, Transport } from './transport.ts';

/** The parts of a hub, wired together, and what its sessions may ask of them. */
export class Engine implements ClusterHost {
  readonly limits: HubLimits;
  readonly log: EventLog;
  readonly lastValues: LastValues | undefined;
  readonly budget: Budget;
  readonly memory: SessionMemory;
  readonly counters: Counters = noCounts();
  readonly events: HubEventEmitter = new HubEventEmitter();
  readonly sessions: Sessions = new Sessions();
  readonly groups: Groups;
  readonly subscriptions: Subscriptions;
  readonly publisher: Publishing;
  /** Set where the log is that of several nodes. */
  readonly cluster: ClusterNode | undefined;
  readonly attachments: Attachments;
  readonly randomId: () => string;
  readonly sessionId: () => string;
  subjects: Matching = 'path';
  readonly #runtime: Runtime;
  readonly #dispatcher: Dispatcher;
  readonly #index = new SubjectIndex<Interest>();
  #shiftMs = 0;
  #closed = false;

  constructor(runtime: Runtime, limits: HubLimits, cluster?: Cluster) {
    this.#runtime = runtime;
    this.randomId = () => runtime.randomId();
    this.sessionId = () => runtime.sessionId?.() ?? runtime.randomId();
    this.limits = limits;
    const own =
      cluster === undefined ? new MemoryLog(runtime.randomId(), limits.log) : new TailLog(limits.log);
    this.log = own;
    const { lastValues } = limits;
    this.lastValues = lastValues.patterns.length === 0 ? undefined : new LastValues(lastValues, limits);
    this.budget = new Budget(limits.hubQueuedEvents, limits.hubQueuedBytes);
    this.memory = new SessionMemory(limits);
    this.groups = new Groups(this, this.#index);
    this.subscriptions = new Subscriptions(this.#index, this);
    this.#dispatcher = new Dispatcher(this.#index, this.sessions, this.groups);
    this.publisher = this.#publisherTo(own, cluster);
    this.cluster = this.#nodeOf(own, cluster);
    this.attachments = new Attachments(this, runtime.now(), (session) => this.#expire(session));
  }

  get closed(): boolean {
    return this.#closed;
  }

  get shared(): boolean {
    return this.cluster !== undefined;
  }

  now(): number {
    return this.#runtime.now() - this.#shiftMs;
  }

  /** Subtracts a stall of the process, in milliseconds, from the hub's time, so that no deadline passes because of it. */
  skipTime(stallMs: number): void {
    if (stallMs > 0) this.#shiftMs += stallMs;
  }

  tick(): void {
    const now = this.now();
    this.attachments.tick(now);
    this.cluster?.tick(now);
    this.log.trim(now);
  }

  /** Ends a session and releases everything that belongs to it. */
  end(session: Session, reason: CloseReason): void {
    if (session.closed) return;
    this.ended(session, this.#drop(session, reason));
    this.events.emit('session-closed', session, reason);
  }

  /** Forgets a session that lives on in the records of a cluster. `reason` is what its transport is told. */
  park(session: Session, reason: CloseReason): void {
    if (session.closed) return;
    this.#drop(session, reason);
    this.events.emit('session-parked', session);
  }

  /** Adds a subscription that was made on another node. @returns undefined when it cannot be: that is reported. */
  restore(
    session: Session,
    given: Omit<SubscriptionParts, 'from'>,
    place: { readonly position: number; readonly cursor: string },
  ): Subscription | undefined {
    try {
      return this.subscriptions.restore(session, given, place);
    } catch (error) {
      this.report(error, 'a subscription of another node');
      return undefined;
    }
  }

  /** Ends one session to make room for a newcomer of some neighbourhoods. @returns false when none gives way. */
  makeRoom(newcomer: readonly string[]): boolean {
    const session = this.attachments.whoGivesWay(newcomer);
    if (session !== undefined) this.#expire(session);
    return session !== undefined;
  }

  /** Ends every session and refuses later joins. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // The sessions of a cluster live on, on other nodes.
    for (const session of [...this.sessions.all()])
      if (this.shared) this.park(session, 'shutdown');
      else this.end(session, 'shutdown');
    this.cluster?.close();
    this.events.emit('closed');
  }

  scheduleWake(session: Session): void {
    this.#dispatcher.scheduleWake(session);
  }

  unseat(session: Session, first: Seat): void {
    this.groups.leave(session, first);
  }

  acknowledging(session: Session): void {
    this.attachments.acknowledging(session);
  }

  overflowed(session: Session): void {
    this.#dispatcher.scheduleWake({ wake: () => this.end(session, 'overflow') });
  }

  tell(session: Session, call: (transport: Transport) => void): void {
    const { transport } = session;
    try {
      if (transport !== undefined) call(transport);
    } catch (error) {
      this.report(error, 'a transport');
      this.attachments.giveUp(session, transport);
    }
  }

  detached(session: Session): void {
    this.events.emit('detached', session);
  }

  /** Tells that subscriptions have ended. */
  ended(session: Session, subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) this.events.emit('unsubscribed', session, subscription);
  }

  /** The sessions that an event of a subject would reach, by themselves or in a group. */
  reached(subject: string): ReadonlySet<Session> {
    const found = new Set<Session>();
    this.#index.visit(subject, ({ owner }) => {
      if (owner instanceof DeliveryGroup)
        for (const { session } of owner.seats) found.add(session as Session);
      else found.add(owner as Session);
    });
    return found;
  }

  gapped(session: Session, gap: Gap): void {
    this.events.emit('gap', session, gap);
  }

  report(error: unknown, where: string): void {
    this.events.emit('error', error, where);
  }

  #drop(session: Session, reason: CloseReason): readonly Subscription[] {
    const { transport } = session;
    session.end();
    const ended = this.subscriptions.remove(session);
    this.sessions.remove(session);
    this.memory.release(session);
    this.attachments.end(session);
    this.attachments.close(transport, reason);
    return ended;
  }

  #publisherTo(log: MemoryLog | TailLog, cluster: Cluster | undefined): Publishing {
    const wallTime = () => this.#runtime.wallTime();
    if (log instanceof MemoryLog) return new Publisher(this, log, { dispatcher: this.#dispatcher, wallTime });
    const failed = (error: CometError, subject: string) => this.events.emit('publish-failed', error, subject);
    return new RemotePublisher(this, (cluster as Cluster).log, { wallTime, failed });
  }

  #nodeOf(log: MemoryLog | TailLog, cluster: Cluster | undefined): ClusterNode | undefined {
    const { publisher } = this;
    if (cluster === undefined || !(log instanceof TailLog) || !(publisher instanceof RemotePublisher))
      return undefined;
    return new ClusterNode({ engine: this, cluster, log, publisher, dispatcher: this.#dispatcher });
  }

  #expire(session: Session): void {
    if (this.shared) {
      this.park(session, 'expired');
      return;
    }
    this.counters.expired += 1;
    this.end(session, 'expired');
  }
}
