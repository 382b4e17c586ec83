import { EventEmitter } from 'eventemitter3';
import { admit } from './admission.ts';
import { Budget } from './budget.ts';
import { Channels } from './channels.ts';
import { Dispatcher } from './dispatcher.ts';
import type { CometEvent, Gap } from './event.ts';
import { type History, type HistoryQuery, readHistory } from './history.ts';
import type { Hub, HubEvents, JoinOptions, PublishOptions, SubscribeOptions } from './hub-types.ts';
import type { JsonValue } from './json.ts';
import type { EventLog } from './log.ts';
import { MemoryLog } from './memory-log.ts';
import { type HubLimits, type HubOptions, resolveHubOptions } from './options.ts';
import { Publisher } from './publisher.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { type Counters, noCounts, type SessionHost } from './session-host.ts';
import { Sessions } from './sessions.ts';
import { type HubStats, readStats } from './stats.ts';
import { SubjectIndex } from './subject-index.ts';
import type { Subscription } from './subscription.ts';
import { Subscriptions } from './subscriptions.ts';
import type { CloseReason, Transport } from './transport.ts';

/**
 * Makes a hub: an ordered, bounded log of events and a table of sessions. It does nothing by itself: somebody calls
 * `tick` a few times a second, and adapters attach transports.
 *
 * @throws RangeError, TypeError — see {@link resolveHubOptions}.
 */
export function createHub(runtime: Runtime, options?: HubOptions): Hub {
  return new MemoryHub(runtime, resolveHubOptions(options));
}

class MemoryHub implements Hub, SessionHost {
  readonly limits: HubLimits;
  readonly log: EventLog;
  readonly budget: Budget;
  readonly counters: Counters = noCounts();
  readonly #runtime: Runtime;
  readonly #events = new EventEmitter<HubEvents>();
  readonly #sessions = new Sessions();
  readonly #subscriptions: Subscriptions;
  readonly #publisher: Publisher;
  readonly #channels: Channels;
  #shiftMs = 0;
  #closed = false;

  constructor(runtime: Runtime, limits: HubLimits) {
    this.#runtime = runtime;
    this.limits = limits;
    this.log = new MemoryLog(runtime.randomId(), limits.log);
    this.budget = new Budget(limits.hubQueuedEvents, limits.hubQueuedBytes);
    const index = new SubjectIndex<Subscription>();
    this.#subscriptions = new Subscriptions(index, limits, this.log);
    const dispatcher = new Dispatcher(index, this.#sessions);
    this.#publisher = new Publisher(this, dispatcher, () => runtime.wallTime());
    this.#channels = new Channels(this, runtime.now(), (session) => this.#expire(session));
  }

  get closed(): boolean {
    return this.#closed;
  }

  now(): number {
    return this.#runtime.now() - this.#shiftMs;
  }

  publish(subject: string, data: JsonValue, options: PublishOptions = {}): CometEvent {
    return this.#publisher.publish('subject', undefined, subject, data, options);
  }

  send(
    sessionId: string,
    subject: string,
    data: JsonValue,
    options: PublishOptions = {},
  ): CometEvent | undefined {
    if (this.#sessions.get(sessionId) === undefined) return undefined;
    return this.#publisher.publish('session', sessionId, subject, data, options);
  }

  sendToPrincipal(
    principal: string,
    subject: string,
    data: JsonValue,
    options: PublishOptions = {},
  ): CometEvent {
    return this.#publisher.publish('principal', principal, subject, data, options);
  }

  broadcast(subject: string, data: JsonValue, options: PublishOptions = {}): CometEvent {
    return this.#publisher.publish('all', undefined, subject, data, options);
  }

  join(options: JoinOptions = {}): Session {
    const { session, fresh } = admit(this, this.#sessions, () => this.#runtime.randomId(), options);
    if (!fresh) return session;
    this.#channels.start(session);
    this.counters.opened += 1;
    this.#events.emit('session-opened', session);
    return session;
  }

  session(id: string): Session | undefined {
    return this.#sessions.get(id);
  }

  sessions(): Iterable<Session> {
    return this.#sessions.all();
  }

  subscribe(session: Session, pattern: string, options: SubscribeOptions = {}): Subscription {
    return this.#subscriptions.add(session, this.#runtime.randomId(), pattern, options);
  }

  unsubscribe(session: Session, id?: string): readonly Subscription[] {
    return this.#subscriptions.remove(session, id);
  }

  history(subscription: Subscription, query: HistoryQuery): History {
    return readHistory(this.log, subscription, query);
  }

  attach(
    session: Session,
    transport: Transport,
    options: { readonly after?: string | undefined } = {},
  ): number {
    if (!session.closed) this.#channels.attach(session, transport, options.after);
    return session.generation;
  }

  detach(session: Session, transport: Transport): void {
    this.#channels.detach(session, transport);
  }

  touch(session: Session): void {
    this.#channels.touch(session);
  }

  wrote(session: Session): void {
    session.marks.wrote = this.now();
  }

  leave(session: Session, reason: CloseReason = 'left'): void {
    this.#end(session, reason);
  }

  cursor(): string {
    return this.log.cursorAt(this.log.tail) ?? '';
  }

  tick(): void {
    const now = this.now();
    this.#channels.tick(now);
    this.log.trim(now);
  }

  shift(stallMs: number): void {
    this.#shiftMs += stallMs;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of [...this.#sessions.all()]) this.#end(session, 'shutdown');
    this.#events.emit('closed');
  }

  stats(): HubStats {
    return readStats(this, this.#sessions.all(), this.#subscriptions.size);
  }

  on<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    this.#events.on(event, listener as never);
  }

  off<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    this.#events.off(event, listener as never);
  }

  overflowed(session: Session): void {
    this.#end(session, 'overflow');
  }

  gapped(session: Session, gap: Gap): void {
    this.#events.emit('gap', session, gap);
  }

  #expire(session: Session): void {
    this.counters.expired += 1;
    this.#end(session, 'expired');
  }

  #end(session: Session, reason: CloseReason): void {
    if (session.closed) return;
    const transport = session.transport;
    this.#subscriptions.remove(session);
    this.#sessions.remove(session);
    session.end();
    transport?.close(reason);
    this.#events.emit('session-closed', session, reason);
  }
}
