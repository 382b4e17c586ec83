import { Attachments } from './attachments.ts';
import { Budget } from './budget.ts';
import { DeliveryGroup } from './delivery-group.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Gap } from './event.ts';
import { Groups } from './groups.ts';
import { HubEventEmitter } from './hub-events.ts';
import { type Counters, type HubInternals, noCounts } from './hub-internals.ts';
import type { EventLog } from './log.ts';
import { MemoryLog } from './memory-log.ts';
import type { HubLimits } from './options.ts';
import type { Matching } from './pattern.ts';
import { Publisher } from './publisher.ts';
import type { Runtime } from './runtime.ts';
import type { Seat } from './seat.ts';
import type { Session } from './session.ts';
import { Sessions } from './sessions.ts';
import { SubjectIndex } from './subject-index.ts';
import type { Interest, Subscription } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import type { CloseReason, Transport } from './transport.ts';

/** The parts of a hub, wired together, and what its sessions may ask of them. */
export class Engine implements HubInternals<Session> {
  readonly limits: HubLimits;
  readonly log: EventLog;
  readonly budget: Budget;
  readonly counters: Counters = noCounts();
  readonly events: HubEventEmitter = new HubEventEmitter();
  readonly sessions: Sessions = new Sessions();
  readonly groups: Groups;
  readonly subscriptions: Subscriptions;
  readonly publisher: Publisher;
  readonly attachments: Attachments;
  readonly randomId: () => string;
  readonly sessionId: () => string;
  subjects: Matching = 'path';
  readonly #runtime: Runtime;
  readonly #dispatcher: Dispatcher;
  readonly #index = new SubjectIndex<Interest>();
  #shiftMs = 0;
  #closed = false;

  constructor(runtime: Runtime, limits: HubLimits) {
    this.#runtime = runtime;
    this.randomId = () => runtime.randomId();
    this.sessionId = () => runtime.sessionId?.() ?? runtime.randomId();
    this.limits = limits;
    this.log = new MemoryLog(runtime.randomId(), limits.log);
    this.budget = new Budget(limits.hubQueuedEvents, limits.hubQueuedBytes);
    this.groups = new Groups(this, this.#index);
    this.subscriptions = new Subscriptions(this.#index, limits, this.log);
    this.#dispatcher = new Dispatcher(this.#index, this.sessions, this.groups);
    this.publisher = new Publisher(this, this.#dispatcher, () => runtime.wallTime());
    this.attachments = new Attachments(this, runtime.now(), (session) => this.#expire(session));
  }

  get closed(): boolean {
    return this.#closed;
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
    this.log.trim(now);
  }

  /** Ends a session and releases everything that belongs to it. */
  end(session: Session, reason: CloseReason): void {
    if (session.closed) return;
    const { transport } = session;
    session.end();
    const ended = this.subscriptions.remove(session);
    this.sessions.remove(session);
    this.attachments.end(session);
    this.attachments.close(transport, reason);
    this.ended(session, ended);
    this.events.emit('session-closed', session, reason);
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
    for (const session of [...this.sessions.all()]) this.end(session, 'shutdown');
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

  #expire(session: Session): void {
    this.counters.expired += 1;
    this.end(session, 'expired');
  }
}
