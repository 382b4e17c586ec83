import type { CometEvent, Gap, Item } from './event.ts';
import { Interests } from './interests.ts';
import { marksAt, type SessionMarks } from './marks.ts';
import type { SessionHost } from './session-host.ts';
import { Standing } from './standing.ts';
import type { Subscription } from './subscription.ts';
import type { Transport } from './transport.ts';

/** One client: who it is, what it wants, and where it stands in the log. Made by `hub.join`. */
export class Session extends Standing {
  // In the order of use: what an event touches lies together, for its cost is the memory that has gone cold since the last.
  #closed = false;
  #stirred = false;
  #offered = 0;
  #transport: Transport | undefined = undefined;
  #acknowledges = false;
  readonly #host: SessionHost<Session>;
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
  /** @internal The hub's notes. */
  readonly marks: SessionMarks;
  /** @internal Position after which subscriptions count that are made before the first transport: for one that resumes. */
  claim: number | undefined = undefined;
  /** @internal */
  readonly interests: Interests;

  constructor(
    given: Pick<Session, 'id' | 'secret' | 'principal' | 'context' | 'leaseMs'>,
    host: SessionHost<Session>,
  ) {
    super(host);
    this.id = given.id;
    this.secret = given.secret;
    this.principal = given.principal;
    this.context = given.context;
    this.leaseMs = given.leaseMs;
    this.#host = host;
    this.interests = new Interests(this, host.log.tail);
    this.marks = marksAt(host.now());
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

  /** True for a client that acknowledges: then a finished write proves nothing, and silence is noticed. */
  get acknowledges(): boolean {
    return this.#acknowledges;
  }

  set acknowledges(acknowledges: boolean) {
    this.leave();
    if (acknowledges && !this.#acknowledges) this.standAlone().watch();
    this.#acknowledges = acknowledges;
    if (acknowledges) this.#host.acknowledging(this);
  }

  /**
   * Takes the next items and keeps them until confirmed.
   *
   * Shape: oldest first; at least one while any waits, however large; empty when the queue is full of unconfirmed items.
   * Units: items, and bytes of their estimated size; as much as a queue may hold unless said.
   */
  take(maxItems?: number, maxBytes?: number): readonly Item[] {
    const feed = this.standAlone();
    const items = feed.take(maxItems, maxBytes);
    if (!feed.waiting) this.#stirred = false;
    return items;
  }

  /**
   * Counts everything up to a position as received, and lets go of it.
   *
   * Shape: false, and nothing changes, for a position that was not taken yet or lies behind what is confirmed.
   */
  confirm(position: number): boolean {
    const feed = this.standAlone();
    const before = this.confirmed;
    const counted = feed.confirm(position);
    // A queue that was full of unconfirmed items has room again for what waits in the log.
    if (feed.spilled && this.confirmed > before) this.stir();
    return counted;
  }

  /** Lets everything that was taken and not confirmed be taken again. */
  rewind(): void {
    this.standAlone().rewind();
  }

  /** The first subscription that matches a subject: whose id and label go with an event of it. */
  subscriptionFor(subject: string): Subscription | undefined {
    return this.interests.first(subject);
  }

  /** @internal Takes a published event that matched; called in the order of the log, once for each match, of which the first counts. */
  offer(event: CometEvent): boolean {
    if (this.#closed || this.#offered === event.position) return false;
    this.#offered = event.position;
    this.standAlone().push(event);
    if (this.#transport === undefined || this.#stirred) return false;
    this.#stirred = true;
    return true;
  }

  /** @internal Wakes the transport, unless everything was taken meanwhile. */
  wake(): void {
    const transport = this.#stirred ? this.#transport : undefined;
    this.#stirred = false;
    try {
      transport?.wake();
    } catch (error) {
      this.#host.failed(this, transport, error);
    }
  }

  /** The newest hundred subscriptions that were taken away from it, the newest last: what its client may not know yet. */
  get takenAway(): readonly Subscription[] {
    return this.interests.takenAway;
  }

  /** @internal Has the client learn that subscriptions were taken away. */
  revoked(subscriptions: readonly Subscription[]): void {
    const transport = this.#transport;
    try {
      transport?.revoked?.(subscriptions);
    } catch (error) {
      this.#host.failed(this, transport, error);
    }
  }

  /** @internal The cohort's word. */
  lagged(count: number): void {
    this.#transport?.lagged?.(count);
  }

  /** @internal The feed's word. */
  gapped(gap: Gap): void {
    this.#host.gapped(this, gap);
  }

  /** @internal The feed's word. */
  overflowed(): void {
    this.#host.overflowed(this);
  }

  /** @internal Puts a new transport in the place of the old, which is given back. */
  setTransport(transport: Transport | undefined): Transport | undefined {
    this.leave();
    const old = this.#transport;
    this.#transport = transport;
    if (transport !== undefined) this.#generation += 1;
    this.claim = undefined;
    return old;
  }

  /** @internal Nothing is kept and nothing taken in any more. */
  end(): void {
    this.standAlone().clear();
    this.#closed = true;
    this.#transport = undefined;
  }

  protected stir(): void {
    this.#stirred = true;
    this.#host.stir(this);
  }
}
