import type { CometEvent, Gap, Item } from './event.ts';
import { Feed } from './feed.ts';
import { Interests } from './interests.ts';
import type { SessionHost } from './session-host.ts';
import type { Subscription } from './subscription.ts';
import type { Transport } from './transport.ts';

/** What a session is made of when it is joined. */
export interface SessionGiven {
  readonly id: string;
  readonly secret: string;
  readonly principal: string | undefined;
  readonly context: unknown;
}

/** The hub's notes on a session's time. Units: monotonic milliseconds. */
export interface SessionMarks {
  /** The last request, or the end of the last transport. */
  seen: number;
  /** The last time that bytes went out. */
  wrote: number;
  /** When its idle deadline is looked at next; 0 when it is not scheduled. */
  idleAt: number;
  /** True after the first request that followed the join. */
  established: boolean;
}

/** One client: who it is, what it wants, and where it stands in the log. Made by `hub.join`. */
export class Session {
  /** The public id: what other clients see as the origin of an event, and can address. */
  readonly id: string;
  /** What the client proves itself with, where it can keep a secret apart from its public id. */
  readonly secret: string;
  /** The authenticated user, if the join was authorised as one. */
  readonly principal: string | undefined;
  /** A slot for the layer above; the core never looks into it. */
  context: unknown;
  /** True for a client that acknowledges: then a finished write proves nothing, and silence is noticed. */
  acknowledges = false;
  /** The hub's own notes. */
  readonly marks: SessionMarks;
  /** Position after which subscriptions count that are made before the first transport: set for a session that resumes. */
  claim: number | undefined = undefined;
  /** Position of the event offered last, so that several matching subscriptions make one copy. */
  offered = 0;

  readonly #host: SessionHost;
  readonly #feed: Feed;
  readonly #interests = new Interests();
  #transport: Transport | undefined = undefined;
  #generation = 0;
  #closed = false;

  constructor(given: SessionGiven, host: SessionHost) {
    this.id = given.id;
    this.secret = given.secret;
    this.principal = given.principal;
    this.context = given.context;
    this.#host = host;
    this.#feed = new Feed(host, this);
    this.marks = { seen: host.now(), wrote: host.now(), idleAt: 0, established: false };
  }

  get subscriptions(): ReadonlyMap<string, Subscription> {
    return this.#interests.standing;
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

  /** Highest position received for certain. */
  get confirmed(): number {
    return this.#feed.confirmed;
  }

  /** Highest position handed to a transport. */
  get taken(): number {
    return this.#feed.taken;
  }

  /** Text of the place where the stream stands: after what was taken. */
  get cursor(): string {
    return this.#feed.cursor;
  }

  /** True when {@link take} may give something; after an overflow it may turn out that nothing matches. */
  get waiting(): boolean {
    return this.#feed.waiting;
  }

  /** When the oldest unconfirmed item was taken. Units: monotonic milliseconds; Infinity when none is. */
  get unconfirmedSince(): number {
    return this.#feed.unconfirmedSince;
  }

  /** Items referred to now, and the bytes of their events. */
  get queued(): { readonly size: number; readonly bytes: number } {
    return this.#feed.queue;
  }

  /**
   * Takes the next items and keeps them until confirmed.
   *
   * Shape:  oldest first, at most `maxItems`; at least one while any waits, however large; empty when nothing waits, or
   *         when as much as the queue may hold is unconfirmed.
   * Units:  items, and bytes of their estimated size.
   */
  take(
    maxItems: number = this.#host.limits.queueLimit,
    maxBytes: number = this.#host.limits.queueBytes,
  ): readonly Item[] {
    return this.#feed.take(maxItems, maxBytes);
  }

  /**
   * Counts everything up to a position as received, and lets go of it.
   *
   * Shape: false, and nothing changes, for a position that was not taken yet or lies behind what is confirmed.
   */
  confirm(position: number): boolean {
    const counted = this.#feed.confirm(position);
    // A queue that was full of unconfirmed items has room again for what waits in the log.
    if (counted && this.#feed.spilled) this.#transport?.wake();
    return counted;
  }

  /** Lets everything that was taken and not confirmed be taken again. */
  rewind(): void {
    this.#feed.rewind();
  }

  /** The first subscription that matches a subject: whose id and label go with an event of it. */
  subscriptionFor(subject: string): Subscription | undefined {
    return this.#interests.first(subject);
  }

  /** Says whether an event of the log is meant for this session. */
  wants(event: CometEvent): boolean {
    const { scope, to } = event;
    if (scope === 'session') return to === this.id;
    if (scope === 'principal') return to === this.principal;
    return scope === 'all' || this.#interests.cover(event);
  }

  /** Takes a published event that matched; called in the order of the log, a repeat is ignored. */
  offer(event: CometEvent): void {
    if (this.#closed || this.offered === event.position) return;
    this.offered = event.position;
    if (this.#feed.push(event)) this.#transport?.wake();
    else this.#host.overflowed(this);
  }

  /** Hears from the feed of a gap that will be told. */
  gapped(gap: Gap): void {
    this.#host.gapped(this, gap);
  }

  /** Lets the stream go on after a place of the log. Called by the hub. */
  seek(position: number, cursor: string, gap?: Gap): void {
    if (gap === undefined) this.#feed.seek(position, cursor);
    else this.#feed.seekBehind(gap, cursor);
  }

  /** Puts a new transport in the place of the old, which is given back. Called by the hub. */
  setTransport(transport: Transport | undefined): Transport | undefined {
    const old = this.#transport;
    this.#transport = transport;
    if (transport !== undefined) this.#generation += 1;
    this.claim = undefined;
    return old;
  }

  /** Called by the hub, which also keeps the index. */
  addSubscription(subscription: Subscription): void {
    this.#interests.add(subscription);
  }

  /** Called by the hub. What matched before the end stays wanted, as long as it has to be read from the log. */
  endSubscription(subscription: Subscription): void {
    const keep = this.#feed.spilled ? this.#host.limits.maxSubscriptions : 0;
    this.#interests.end(subscription, this.#host.log.tail, keep);
  }

  /** Called by the hub when the session ends: nothing is kept and nothing is taken in any more. */
  end(): void {
    this.#closed = true;
    this.#transport = undefined;
    this.#feed.clear();
  }
}
