import { AckState } from './ack-state.ts';
import { type CometEvent, type Item, positionOf } from './event.ts';
import type { HubInternals } from './hub-internals.ts';
import { isHalf, type Load, loadOf, totalBytes } from './items.ts';
import { Outbox } from './outbox.ts';
import { type GroupMember, groupLoads, lastWrite, type Seat, seatsOf, waitingFor } from './seat.ts';
import type { SessionData } from './session-data.ts';
import { SessionSubscriptions } from './session-subscriptions.ts';
import type { Subscription } from './subscription.ts';
import type { Transport } from './transport.ts';

type SessionGiven = Pick<Session, 'id' | 'secret' | 'principal' | 'data' | 'context' | 'leaseMs'>;
/**
 * One client: its identity, its subscriptions and its place in the log. An up-to-date session may be in delivery groups, which serve
 * it together with others; otherwise it has its own outbox. Reading it changes nothing.
 */
export class Session implements GroupMember {
  // In the order of use, so that what an event touches lies together: its cost is the cold memory that it reads.
  #closed = false;
  #wakeScheduled = false;
  #offered = 0;
  #transport: Transport | undefined = undefined;
  #outbox: Outbox<Session> | undefined = undefined;
  /** @internal How far it has come in the log. */
  readonly sent: AckState;
  // A whole number, which V8 stores without a heap object.
  #wroteAt: number;
  readonly #host: HubInternals<Session>;
  #generation = 0;
  /** What the join hook knows of the user. Like `context`, a slot for the layer above, into which the core never looks. */
  data: SessionData;
  context: unknown;
  /** The public id: what other clients see as the origin of an event, and can address. */
  readonly id: string;
  /** The secret by which requests prove that they come from its client. */
  readonly secret: string;
  /** The authenticated user, if the join was authorised as one. */
  readonly principal: string | undefined;
  /** The lease that it joined with, in milliseconds; undefined when the hub's leases apply. */
  readonly leaseMs: number | undefined;
  /** @internal When the last request came, or the last transport ended, in whole monotonic milliseconds. */
  seen: number;
  /** @internal When its idle deadline is checked next, in monotonic milliseconds; undefined when it is not scheduled. */
  idleAt: number | undefined = undefined;
  /** @internal True after the first request that followed the join. */
  established = false;
  /** @internal Where subscriptions made before the first transport begin, when the client resumes from a cursor. */
  claim: number | undefined = undefined;
  /** @internal */
  readonly interests: SessionSubscriptions;

  constructor(given: SessionGiven, host: HubInternals<Session>) {
    this.id = given.id;
    this.secret = given.secret;
    this.principal = given.principal;
    this.data = given.data;
    this.context = given.context;
    this.leaseMs = given.leaseMs;
    this.#host = host;
    const { tail } = host.log;
    this.sent = new AckState(tail, host.log.cursorAt(tail) ?? '');
    this.interests = new SessionSubscriptions(this, tail);
    this.seen = this.#wroteAt = Math.trunc(host.now());
  }

  /** The active subscriptions, oldest first. */
  get subscriptions(): readonly Subscription[] {
    return this.interests.active;
  }

  get transport(): Transport | undefined {
    return this.#transport;
  }

  /** True while a transport is open. */
  get attached(): boolean {
    return this.#transport !== undefined;
  }

  /** How many transports have been opened; the highest is the one that counts. */
  get generation(): number {
    return this.#generation;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** True while it is served together with others: see {@link Hub.joinGroup}. */
  get grouped(): boolean {
    return this.sent.seat !== undefined;
  }

  /** True for a client that acknowledges: a finished write proves nothing then, and its silence closes the transport. */
  get acknowledges(): boolean {
    return this.sent.acknowledges;
  }

  set acknowledges(acknowledges: boolean) {
    if (acknowledges === this.sent.acknowledges) return;
    this.leaveGroups();
    this.sent.acknowledges = acknowledges;
    if (!acknowledges) return;
    this.sent.watch(this.#host.now());
    this.#host.acknowledging(this);
  }

  /** Highest position that the client has certainly received. */
  get acked(): number {
    return this.sent.acked;
  }

  /** Highest position handed to a transport. */
  get taken(): number {
    return this.sent.taken;
  }

  /** The cursor after what was taken, as text. */
  get cursor(): string {
    return this.sent.takenCursor;
  }

  /** When the oldest unacknowledged item was taken, in monotonic milliseconds; Infinity when there is none. */
  get unackedSince(): number {
    return this.sent.unackedSince;
  }

  /** True when `take` may return items; after an overflow it may find none. Does not count what waits in its groups. */
  get waiting(): boolean {
    return this.#outbox?.waiting === true;
  }

  /** The number of items that wait or are unacknowledged, and the bytes of their events. */
  get queued(): Load {
    const items = [...this.sent.inFlight, ...waitingFor(this.sent.seat)];
    return loadOf([this.#outbox?.queue, { size: items.length, bytes: totalBytes(items) }]);
  }

  /** @internal True while it uses at most half the bounds of its queue, as members of groups must. */
  get roomy(): boolean {
    const { limits } = this.#host;
    // Counted item by item only where it matters.
    const most = loadOf([this.#outbox?.queue, ...groupLoads(this.sent.seat)]);
    return isHalf(most, limits) || isHalf(this.queued, limits);
  }

  /** @internal True when it is up to date, so that it may join delivery groups. */
  get groupable(): boolean {
    if (this.#closed || this.grouped || !this.attached || this.waiting) return false;
    if (this.subscriptions.length === 0) return false;
    return this.acknowledges ? this.roomy : this.#outbox?.settled !== false;
  }

  /** @internal When bytes went out last, or a heartbeat was due, in whole monotonic milliseconds. */
  get wroteAt(): number {
    return Math.max(this.#wroteAt, lastWrite(this.sent.seat));
  }

  set wroteAt(now: number) {
    this.#wroteAt = Math.trunc(now);
  }

  /**
   * Takes the next items and keeps them until acknowledged.
   *
   * @param maxItems - how many at most; by default as many as a queue may hold.
   * @param maxBytes - how many estimated bytes at most; by default as many as a queue may hold.
   * @returns oldest first; at least one while any waits, however large; none when the queue is full of unacknowledged items.
   */
  take(maxItems?: number, maxBytes?: number): readonly Item[] {
    const items = this.ownOutbox().take(maxItems, maxBytes);
    if (!this.waiting) this.#wakeScheduled = false;
    return items;
  }

  /** Counts everything up to a position as received. @returns false for one that was not taken yet, or lies before that. */
  ack(position: number): boolean {
    if (!(position >= this.acked && position <= this.taken)) {
      this.#host.counters.refusedAcks += 1;
      return false;
    }
    const own = this.#outbox?.ack(position);
    const last = this.sent.inFlight.findLast((item) => positionOf(item) <= position) ?? own;
    if (last !== undefined) this.#acked(last);
    return true;
  }

  /** Finds the position of a cursor that is acknowledged or was taken since. @returns undefined for any other cursor. */
  placeOf(cursor: string): number | undefined {
    return this.sent.placeOf(cursor) ?? this.#outbox?.placeOf(cursor);
  }

  /** Lets everything that was taken and not acknowledged be taken again. */
  rewind(): void {
    this.ownOutbox().rewind();
  }

  /** Finds the oldest subscription that matches a subject. Its id and label are sent with the event. */
  subscriptionFor(subject: string): Subscription | undefined {
    return this.interests.first(subject);
  }

  /** The last hundred revoked subscriptions, the newest last: another list after each revoke. The client may not know of them yet. */
  get takenAway(): readonly Subscription[] {
    return this.interests.takenAway;
  }

  /** Leaves its delivery groups. Its transport is woken for what it was not given yet. */
  leaveGroups(): void {
    const { seat } = this.sent;
    if (seat === undefined) return;
    const { inFlight } = this.sent;
    const waiting = waitingFor(seat);
    this.#wroteAt = this.wroteAt;
    this.sent.note();
    this.#host.unseat(this, seat);
    this.sent.unseat();
    if (inFlight.length > 0) this.#own().keep(inFlight);
    for (const item of waiting) if (item.kind === 'data') this.#own().push(item);
    if (waiting.length > 0) this.#scheduleWake();
  }

  /** @internal Notes the first of its seats in delivery groups. */
  seated(first: Seat | undefined): void {
    this.sent.seat = first;
    if (this.#outbox?.settled === true) this.#outbox = undefined;
  }

  /** @internal Leaves its groups. @returns the outbox that serves it from now on. */
  ownOutbox(): Outbox<Session> {
    this.leaveGroups();
    return this.#own();
  }

  /** @internal Takes a published event that matched. Called in log order, once for each match; only the first counts. */
  offer(event: CometEvent): boolean {
    if (this.#closed || this.#offered === event.position || event.except === this.id) return false;
    this.#offered = event.position;
    this.ownOutbox().push(event);
    if (this.#transport === undefined || this.#wakeScheduled) return false;
    this.#wakeScheduled = true;
    return true;
  }

  /** @internal Wakes the transport, unless everything has been taken meanwhile. */
  wake(): void {
    const scheduled = this.#wakeScheduled;
    this.#wakeScheduled = false;
    if (scheduled) this.#host.tell(this, (transport) => transport.wake());
  }

  /** @internal Informs the client that subscriptions were revoked. */
  revoked(subscriptions: readonly Subscription[]): void {
    this.#host.tell(this, (transport) => transport.revoked?.(subscriptions));
  }

  /** @internal Replaces the transport. @returns the old one. */
  setTransport(transport: Transport | undefined, generation?: number): Transport | undefined {
    this.leaveGroups();
    const old = this.#transport;
    this.#transport = transport;
    if (transport !== undefined) this.#generation = generation ?? this.#generation + 1;
    this.claim = undefined;
    return old;
  }

  /** @internal Its newest stream has this number, and the next event any position. */
  restart(generation: number): void {
    this.#generation = generation;
    this.#offered = 0;
  }

  /** @internal Drops everything, and accepts nothing from now on. */
  end(): void {
    this.ownOutbox().clear();
    this.#closed = true;
    this.#transport = undefined;
  }

  #own(): Outbox<Session> {
    this.#outbox ??= new Outbox(this.#host, this, this.sent);
    return this.#outbox;
  }

  #acked(last: Item): void {
    const before = this.acked;
    this.sent.ack(last);
    // Only progress counts: repeating an old acknowledgement must not keep the session alive.
    if (this.acknowledges) this.sent.watch(this.#host.now());
    for (const { group } of seatsOf(this.sent.seat)) group.acked();
    if (this.acked === this.taken) this.sent.settle();
    // A queue that was full of unacknowledged items has room again for what waits in the log.
    if (this.#outbox?.spilled === true && this.acked > before) this.#scheduleWake();
  }

  #scheduleWake(): void {
    this.#wakeScheduled = true;
    this.#host.scheduleWake(this);
  }
}
