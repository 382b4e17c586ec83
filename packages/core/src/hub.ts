import { admit } from './admission.ts';
import { unserved } from './admissions.ts';
import { checkJoin, checkSubscribe, mustBeEvent, mustBeSession, mustBeText } from './check-arguments.ts';
import { having, suchAs } from './check-options.ts';
import type { GroupWriter } from './delivery-group.ts';
import { Engine } from './engine.ts';
import type { Cluster } from './engine-port.ts';
import type { Publication } from './event.ts';
import { type History, type HistoryQuery, readHistory } from './history.ts';
import type { HubCluster } from './hub-cluster.ts';
import type {
  AttachOptions,
  ClusterHub,
  Hub,
  HubEvents,
  JoinOptions,
  PublishOptions,
  SubscribeOptions,
} from './hub-types.ts';
import { type HubLimits, type HubOptions, resolveHubOptions } from './options.ts';
import { nobody } from './presence.ts';
import { replay } from './replay.ts';
import { acknowledge } from './resume.ts';
import type { Runtime } from './runtime.ts';
import type { Session } from './session.ts';
import { type HubStats, readStats } from './stats.ts';
import type { Subscription, Which } from './subscription.ts';
import type { CloseReason, Transport } from './transport.ts';

/**
 * Makes a hub: an ordered, bounded log of events and a table of sessions. It does nothing by itself: its owner calls
 * `tick` a few times a second, and adapters attach transports.
 *
 * @throws {RangeError} — a number is not a positive integer, or `overflow` is none of the three.
 * @throws {TypeError} — the runtime is none, or an option is not known.
 */
export function createPureHub(runtime: Runtime, options?: HubOptions, cluster?: undefined): Hub;
/**
 * Makes a hub that is one of many nodes. Its log and what has become of a publish come from the engine that they share.
 *
 * @param cluster - the engine, from `@cometkit/redis` or `@cometkit/nats`. Call `hub.cluster.start()`.
 */
export function createPureHub(
  runtime: Runtime,
  options: HubOptions | undefined,
  cluster: Cluster | undefined,
): ClusterHub;
export function createPureHub(runtime: Runtime, options?: HubOptions, cluster?: Cluster): ClusterHub {
  if (!runtimeRule.test(runtime))
    throw new TypeError(`the first argument must be a runtime: ${runtimeRule.expected}`);
  if (cluster !== undefined && !clusterRule.test(cluster))
    throw new TypeError(`the third argument must be the engine of a cluster: ${clusterRule.expected}`);
  if (cluster !== undefined && (options?.lastValues?.patterns ?? []).length > 0)
    throw new TypeError('option `lastValues` is of one process: leave it out where there is a `cluster`');
  return new PureHub(new Engine(runtime, resolveHubOptions(options), cluster));
}

const runtimeRule = having('now', 'wallTime', 'randomId');
const clusterRule = suchAs(
  'what redisCluster() or natsCluster() gives',
  (value) => typeof value === 'object' && value !== null && 'log' in value && 'sessions' in value,
);

class PureHub implements ClusterHub {
  /** Replaced by whoever watches. */
  presence: Hub['presence'] = nobody;
  /** Replaced by the handler, as is the next. */
  expire: Hub['expire'] = unserved;
  reauthorize: Hub['reauthorize'] = unserved;
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get limits(): HubLimits {
    return this.#engine.limits;
  }

  get cluster(): HubCluster | undefined {
    return this.#engine.cluster;
  }

  get closed(): boolean {
    return this.#engine.closed;
  }

  publish(subject: string, data: unknown, options: PublishOptions = {}): Publication {
    return this.#engine.publisher.publish('subject', undefined, subject, data, options);
  }

  send(
    sessionId: string,
    subject: string,
    data: unknown,
    options: PublishOptions = {},
  ): Publication | undefined {
    mustBeText(sessionId, 'the id of a session');
    const { sessions, shared } = this.#engine;
    // Another node may have it.
    if (!shared && sessions.get(sessionId) === undefined) return undefined;
    return this.#engine.publisher.publish('session', sessionId, subject, data, options);
  }

  sendToPrincipal(
    principal: string,
    subject: string,
    data: unknown,
    options: PublishOptions = {},
  ): Publication {
    mustBeText(principal, 'a principal');
    return this.#engine.publisher.publish('principal', principal, subject, data, options);
  }

  broadcast(subject: string, data: unknown, options: PublishOptions = {}): Publication {
    return this.#engine.publisher.publish('all', undefined, subject, data, options);
  }

  hasAccepted(from: Session, messageId: string): boolean {
    return this.#engine.publisher.hasAccepted(from, messageId);
  }

  join(options: JoinOptions = {}): Session {
    checkJoin(options);
    const { attachments, counters, events } = this.#engine;
    const { session, fresh } = admit(this.#engine, options);
    if (!fresh) return session;
    attachments.start(session, options.neighbourhoods ?? []);
    counters.opened += 1;
    events.emit('session-opened', session);
    return session;
  }

  session(id: string): Session | undefined {
    return this.#engine.sessions.get(id);
  }

  sessions(): Iterable<Session> {
    return this.#engine.sessions.all();
  }

  admitPlainSubjects(): void {
    this.#engine.subjects = 'prefix';
  }

  subscribe(session: Session, pattern: string, options: SubscribeOptions = {}): Subscription {
    mustBeSession(session);
    checkSubscribe(options);
    if (options.matching === 'prefix') this.admitPlainSubjects();
    const { subscriptions, events, randomId } = this.#engine;
    const subscription = subscriptions.add(session, options.id ?? randomId(), pattern, options);
    events.emit('subscribed', session, subscription);
    return subscription;
  }

  unsubscribe(session: Session, id?: string): readonly Subscription[] {
    mustBeSession(session);
    const ended = this.#engine.subscriptions.remove(session, id);
    this.#engine.ended(session, ended);
    return ended;
  }

  revoke(session: Session, which?: Which): readonly Subscription[] {
    mustBeSession(session);
    const taken = this.#engine.subscriptions.revoke(session, which);
    if (taken.length > 0) session.revoked(taken);
    this.#engine.ended(session, taken);
    return taken;
  }

  history(subscription: Subscription, query: HistoryQuery): History {
    return readHistory(this.#engine, subscription, query);
  }

  replay(session: Session, subscription: Subscription, query: HistoryQuery): void {
    replay(session, this.#engine, subscription, query);
  }

  attach(session: Session, transport: Transport, options: AttachOptions = {}): number {
    if (session.closed) return session.generation;
    const generation = this.#engine.attachments.attach(session, transport, options);
    if (session.transport === transport) this.#engine.events.emit('attached', session);
    return generation;
  }

  joinGroup<S>(session: Session, writer: GroupWriter<S>, sink: S): boolean {
    return this.#engine.groups.join(session, writer, sink);
  }

  acknowledge(session: Session, cursor: string): boolean {
    return acknowledge(session, this.#engine.counters, cursor);
  }

  detach(session: Session, transport: Transport): void {
    this.#engine.attachments.detach(session, transport);
  }

  renewLease(session: Session): void {
    this.#engine.attachments.renewLease(session);
  }

  noteWrite(session: Session): void {
    session.wroteAt = Math.trunc(this.#engine.now());
  }

  leave(session: Session, reason: CloseReason = 'left'): void {
    mustBeSession(session);
    this.#engine.end(session, reason);
  }

  hold(session: Session, bytes: number): number {
    const { memory } = this.#engine;
    memory.hold(session, bytes);
    return memory.allowance;
  }

  listeners(subject: string): number {
    mustBeText(subject, 'a subject');
    return this.#engine.reached(subject).size;
  }

  disconnect(principal: string, reason: CloseReason = 'revoked'): number {
    mustBeText(principal, 'a principal');
    const sessions = [...this.#engine.sessions.of(principal)];
    for (const session of sessions) this.#engine.end(session, reason);
    this.#engine.cluster?.disconnect(principal, reason);
    return sessions.length;
  }

  cursor(): string {
    const { log } = this.#engine;
    return log.cursorAt(log.tail) ?? '';
  }

  tick(): void {
    this.#engine.tick();
  }

  skipTime(stallMs: number): void {
    this.#engine.skipTime(stallMs);
  }

  close(): void {
    this.#engine.close();
  }

  stats(): HubStats {
    return readStats(this.#engine, this.#engine.sessions.all(), this.#engine.subscriptions.size);
  }

  on<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    mustBeEvent(event);
    this.#engine.events.on(event, listener);
  }

  off<E extends keyof HubEvents>(event: E, listener: (...args: HubEvents[E]) => void): void {
    this.#engine.events.off(event, listener);
  }
}
