import { AckState } from './ack-state.ts';
import { type CometEvent, type Item, positionOf } from './event.ts';
import type { HubInternals } from './hub-internals.ts';
import { type Load, loadOf, totalBytes } from './items.ts';
import { Outbox } from './outbox.ts';
import { type GroupMember, groupLoads, lastWrite, type Seat, seatsOf, waitingFor } from './seat.ts';
import { SessionSubscriptions } from './session-subscriptions.ts';
import type { Subscription } from './subscription.ts';
import type { Transport } from './transport.ts';

/**
 * One client: who it is, what it wants, and where it stands in the log. Made by `hub.join`.
 *
 * A session that has been given everything may be in delivery groups, which serve it together with others; otherwise it has
 * an outbox of its own. Reading it changes nothing.
 */
export class Session implements GroupMember {
  // In the order of use: what an event touches lies together, for its cost is the memory that has gone cold since the last.
  #closed = false;
  #wakeScheduled = false;
  #offered = 0;
  #transport: Transport | undefined = undefined;
  #outbox: Outbox<Session> | undefined = undefined;
  /** @internal Where its stream stands. */
  readonly sent: AckState;
  // Whole numbers, which need no box.
  #wroteAt: number;
  readonly #host: HubInternals<Session>;
  #generation = 0;
  /** A slot for the layer above; the core never looks into it. */
  context: unknown;
  /** The public id: what other clients see as the origin of an event, and can address. */
  readonly id: string;
  /** What the client proves itself with, where it can keep a secret apart from its public id. */
  readonly secret: string;
  /** The authenticated user, if the join was authorised as one. */
  readonly principal: string | undefined;
  /** The lease that it joined with, in milliseconds; undefined for those of the hub. */
  readonly leaseMs: number | undefined;
  /** @internal When the last request came, or the last transport ended, in whole monotonic milliseconds. */
  seen: number;
  /** @internal When its idle deadline is looked at next, in monotonic milliseconds; undefined when it is not scheduled. */
  idleAt: number | undefined = undefined;
  /** @internal True after the first request that followed the join. */
  established = false;
  /** @internal Position after which subscriptions count that are made before the first transport: for one that resumes. */
  claim: number | undefined = undefined;
  /** @internal */
  readonly interests: SessionSubscriptions;

  constructor(
    given: Pick<Session, 'id' | 'secret' | 'principal' | 'context' | 'leaseMs'>,
    host: HubInternals<Session>,
  ) {
    this.id = given.id;
    this.secret = given.secret;
    this.principal = given.principal;
    this.context = given.context;
    this.leaseMs = given.leaseMs;
    this.#host = host;
    const { tail } = host.log;
    this.sent = new AckState(tail, host.log.cursorAt(tail) ?? '');
    this.interests = new SessionSubscriptions(this, tail);
    this.seen = this.#wroteAt = Math.trunc(host.now());
  }

  /** The subscriptions that stand, in the order in which they were made. */
  get subscriptions(): readonly Subscription[] {
    return this.interests.standing;
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

  /** True for a client that acknowledges: then a finished write proves nothing, and silence is noticed. */
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

  /** Highest position received for certain. */
  get confirmed(): number {
    return this.sent.confirmed;
  }

  /** Highest position handed to a transport. */
  get taken(): number {
    return this.sent.taken;
  }

  /** Text of the place where the stream stands: after what was taken. */
  get cursor(): string {
    return this.sent.takenCursor;
  }

  /** When the oldest unconfirmed item was taken, in monotonic milliseconds. @returns Infinity when none is. */
  get unconfirmedSince(): number {
    return this.sent.unconfirmedSince;
  }

  /** True when `take` may give something; after an overflow it may turn out that nothing matches. What waits in its groups is not meant. */
  get waiting(): boolean {
    return this.#outbox?.waiting === true;
  }

  /** Items that wait or are not confirmed, and the bytes of their events. */
  get queued(): Load {
    const items = [...this.sent.inFlight, ...waitingFor(this.sent.seat)];
    return loadOf([this.#outbox?.queue, { size: items.length, bytes: totalBytes(items) }]);
  }

  /** @internal True while no more than half the bounds of its queue are taken: what it may be in a group with. */
  get roomy(): boolean {
    const { queueLimit, queueBytes } = this.#host.limits;
    const isHalf = ({ size, bytes }: Load) => size <= queueLimit / 2 && bytes <= queueBytes / 2;
    // Counted item by item only where it matters.
    return isHalf(loadOf([this.#outbox?.queue, ...groupLoads(this.sent.seat)])) || isHalf(this.queued);
  }

  /** @internal True when it may join delivery groups: it has been given everything. */
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
   * Takes the next items and keeps them until confirmed.
   *
   * @param maxItems - as many as a queue may hold unless said.
   * @param maxBytes - bytes of their estimated size; as many as a queue may hold unless said.
   * @returns oldest first; at least one while any waits, however large; none when the queue is full of unconfirmed items.
   */
  take(maxItems?: number, maxBytes?: number): readonly Item[] {
    const outbox = this.ownOutbox();
    const items = outbox.take(maxItems, maxBytes);
    if (!outbox.waiting) this.#wakeScheduled = false;
    return items;
  }

  /**
   * Counts everything up to a position as received, and lets go of it.
   *
   * @returns false, and nothing changes, for a position that was not taken yet or lies behind what is confirmed.
   */
  confirm(position: number): boolean {
    if (!(position >= this.confirmed && position <= this.taken)) {
      this.#host.counters.refusedAcks += 1;
      return false;
    }
    const own = this.#outbox?.confirm(position);
    const last = this.sent.inFlight.findLast((item) => positionOf(item) <= position) ?? own;
    if (last !== undefined) this.#confirmed(last);
    return true;
  }

  /** The position of what is confirmed, or of an item that was taken since, by its cursor. @returns undefined for any other. */
  placeOf(cursor: string): number | undefined {
    return this.sent.placeOf(cursor) ?? this.#outbox?.placeOf(cursor);
  }

  /** Lets everything that was taken and not confirmed be taken again. */
  rewind(): void {
    this.ownOutbox().rewind();
  }

  /** The first subscription that matches a subject: whose id and label go with an event of it. */
  subscriptionFor(subject: string): Subscription | undefined {
    return this.interests.first(subject);
  }

  /** The newest hundred subscriptions that were taken away from it, the newest last: what its client may not know yet. */
  get takenAway(): readonly Subscription[] {
    return this.interests.takenAway;
  }

  /** Leaves the delivery groups that it is in, with what it was not given yet: its transport is woken for that. */
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

  /** @internal It has joined delivery groups. */
  seated(first: Seat | undefined): void {
    this.sent.seat = first;
    if (this.#outbox?.settled === true) this.#outbox = undefined;
  }

  /** @internal Leaves its groups. @returns what it has for itself from now on. */
  ownOutbox(): Outbox<Session> {
    this.leaveGroups();
    return this.#own();
  }

  /** @internal Takes a published event that matched; called in the order of the log, once for each match, of which the first counts. */
  offer(event: CometEvent): boolean {
    if (this.#closed || this.#offered === event.position) return false;
    this.#offered = event.position;
    this.ownOutbox().push(event);
    if (this.#transport === undefined || this.#wakeScheduled) return false;
    this.#wakeScheduled = true;
    return true;
  }

  /** @internal Wakes the transport, unless everything was taken meanwhile. */
  wake(): void {
    const scheduled = this.#wakeScheduled;
    this.#wakeScheduled = false;
    if (scheduled) this.#host.tell(this, (transport) => transport.wake());
  }

  /** @internal Has the client learn that subscriptions were taken away. */
  revoked(subscriptions: readonly Subscription[]): void {
    this.#host.tell(this, (transport) => transport.revoked?.(subscriptions));
  }

  /** @internal Puts a new transport in the place of the old, which is given back. */
  setTransport(transport: Transport | undefined): Transport | undefined {
    this.leaveGroups();
    const old = this.#transport;
    this.#transport = transport;
    if (transport !== undefined) this.#generation += 1;
    this.claim = undefined;
    return old;
  }

  /** @internal Nothing is kept and nothing taken in any more. */
  end(): void {
    this.ownOutbox().clear();
    this.#closed = true;
    this.#transport = undefined;
  }

  #own(): Outbox<Session> {
    this.#outbox ??= new Outbox(this.#host, this, this.sent);
    return this.#outbox;
  }

  #confirmed(last: Item): void {
    const before = this.confirmed;
    this.sent.confirm(last);
    // Only progress counts: an acknowledgement that is sent again and again must not pass for life.
    if (this.acknowledges) this.sent.watch(this.#host.now());
    for (const { group } of seatsOf(this.sent.seat)) group.confirmed();
    if (this.confirmed === this.taken) this.sent.settle();
    // A queue that was full of unconfirmed items has room again for what waits in the log.
    if (this.#outbox?.spilled === true && this.confirmed > before) this.#scheduleWake();
  }

  #scheduleWake(): void {
    this.#wakeScheduled = true;
    this.#host.scheduleWake(this);
  }
}
