import type { CometEvent, Item } from './event.ts';
import { GroupQueue } from './group-queue.ts';
import type { HubInternals, HubParts } from './hub-internals.ts';
import type { Load } from './items.ts';
import type { PatternPart } from './pattern.ts';
import { ReviewMeter } from './review-meter.ts';
import type { GroupMember, Seat } from './seat.ts';
import { SeatTable } from './seat-table.ts';
import type { EventSink } from './subscription.ts';

/** Writes what waits in delivery groups. All groups of one writer are written to in the same way. */
export interface GroupWriter<S> {
  /**
   * Called when events wait in a group. The writer soon calls {@link DeliveryGroup.take}, writes the batch to all
   * {@link DeliveryGroup.sinks}, calls {@link DeliveryGroup.delivered}, and repeats that until nothing is taken.
   */
  wake(group: DeliveryGroup<S>): void;
}

/** What a group needs of its hub. */
export type GroupHost = HubParts & Pick<HubInternals<never>, 'report'>;

/** The groups of one writer, as one of them sees them. */
export interface GroupNeighbours<S> {
  /** Called when events wait in a group that had none. */
  filled(group: DeliveryGroup<S>): void;
  /** Called when a group has no more waiting events. */
  emptied(group: DeliveryGroup<S>): void;
  /** Makes members leave that have events waiting in more than one group. */
  part(): void;
  /** Called when the last member of a group has left. */
  remove(group: DeliveryGroup<S>): void;
}

/** What identifies a group: who writes to it, and the pattern that its members share. */
export interface GroupOf<S> {
  readonly writer: GroupWriter<S>;
  readonly key: string;
  readonly parts: readonly PatternPart[];
}

const nothing: readonly Item[] = [];

/**
 * Serves all sessions together that share a pattern and a writer and have received everything so far: they share one queue
 * and one batch, and each has a sink.
 *
 * Besides its system call a delivery costs the memory that it touches: here only the sinks. The group keeps delivered events
 * until every member that must acknowledge them has done so.
 */
export class DeliveryGroup<S = unknown> {
  /** @internal What the subject index finds. */
  readonly owner: EventSink = this;
  /** @internal */
  readonly parts: readonly PatternPart[];
  /** @internal */
  readonly key: string;
  /** @internal When the last batch was delivered, in whole monotonic milliseconds. */
  wroteAt = 0;
  /**
   * Set by the writer to the slot that it writes to next. Members up to it count as given the batch, those behind it do not:
   * one that leaves in the middle of a delivery takes along what it was not given.
   */
  serving = -1;
  readonly #host: GroupHost;
  readonly #set: GroupNeighbours<S>;
  readonly #writer: GroupWriter<S>;
  readonly #queue: GroupQueue;
  readonly #table = new SeatTable<S>();
  // The most groups that a member is in.
  #breadth = 1;
  // Members that something is in flight to, or may be.
  #keepers = 0;
  #acks = 0;
  #offered = 0;
  #wakeScheduled = false;
  readonly #meter: ReviewMeter;

  /** @internal */
  constructor(host: GroupHost, set: GroupNeighbours<S>, { writer, key, parts }: GroupOf<S>) {
    this.#host = host;
    this.#set = set;
    this.#writer = writer;
    this.#queue = new GroupQueue(host.limits, host.budget);
    this.#meter = new ReviewMeter(host.limits);
    this.key = key;
    this.parts = parts;
  }

  /** The number of members. */
  get size(): number {
    return this.#table.size;
  }

  /** The sink of each member, slot by slot; `undefined` where a member has left. It may change while it is written to. */
  get sinks(): readonly (S | undefined)[] {
    return this.#table.sinks;
  }

  /** @internal True when its members have been given everything. */
  get level(): boolean {
    return this.#queue.level;
  }

  /** @internal The seats of its members, in the order in which they came. */
  get seats(): Seat[] {
    return this.#table.taken;
  }

  /** @internal Takes a member in; the caller keeps the seat. @param breadth - the number of groups that it is in. */
  add(seat: Seat, sink: S, breadth: number): void {
    this.#table.add(seat, sink);
    this.#breadth = Math.max(this.#breadth, breadth);
    if (seat.session.sent.owes) this.#keepers += 1;
  }

  /** @internal Frees a seat. The caller has read what it needs of it. */
  remove(seat: Seat): void {
    if (this.#wasServed(seat)) this.#host.counters.taken += this.#queue.batch.length;
    this.#table.remove(seat);
    if (seat.session.sent.owes) this.release();
    if (this.size === 0) this.#end();
    else if (this.#queue.batch.length === 0) this.#table.tidy();
  }

  /** @internal Takes an event in and runs no foreign code. @returns true when {@link wake} is to follow. */
  offer(event: CometEvent): boolean {
    if (this.#offered === event.position) return false;
    this.#offered = event.position;
    if (!this.#queue.push(event)) this.#meter.due = true;
    this.#meter.count(event.bytes, this.#breadth);
    if (this.#wakeScheduled) return this.#meter.due;
    this.#wakeScheduled = true;
    this.#set.filled(this);
    return true;
  }

  /** @internal */
  wake(): void {
    try {
      this.#review();
      if (this.size > 0) this.#writer.wake(this);
    } catch (error) {
      this.#host.report(error, 'the writer of a group');
      this.dissolve();
    }
  }

  /**
   * Takes the next batch. Members that have events in other groups too leave first: they are given everything in the order
   * of the log, on their own.
   *
   * @param maxBytes - bytes of the events, as they are estimated.
   * @returns the events, oldest first; none when nothing waits, or while another batch is being delivered; the same again
   *   as long as it was not delivered.
   */
  take(maxItems: number, maxBytes: number): readonly Item[] {
    if (this.serving >= 0) return nothing;
    this.#review();
    this.#set.part();
    const batch = this.#queue.begin(maxItems, maxBytes);
    if (batch.length === 0) this.#rest();
    return batch;
  }

  /** Notes that the batch was written to every sink. */
  delivered(): void {
    const { length } = this.#queue.batch;
    if (length === 0) return;
    this.wroteAt = Math.trunc(this.#host.now());
    this.#host.counters.taken += length * this.size;
    this.#queue.end(this.#keepers > 0, this.wroteAt);
    this.serving = -1;
    this.#table.tidy();
  }

  /**
   * Notes that the sink in a slot has buffered part of the batch. The batch counts as received once the sink has drained and
   * `ack` is called on the session. Changes nothing for clients that acknowledge.
   */
  lingers(slot: number): void {
    this.#table.at(slot)?.session.sent.linger();
  }

  /**
   * Makes the session in a slot leave with the batch unacknowledged, because its sink is congested.
   *
   * @returns the session; undefined if it has left meanwhile.
   */
  fellBehind(slot: number): GroupMember | undefined {
    const session = this.#table.at(slot)?.session;
    session?.sent.linger();
    session?.leaveGroups();
    return session;
  }

  /** Dissolves the group because the sink being served threw. Members that have not been given the batch still get it. */
  failed(): void {
    this.serving -= 1;
    this.dissolve();
  }

  /** Makes all members leave; each is then served by itself. */
  dissolve(): void {
    for (const { session } of this.seats) session.leaveGroups();
  }

  /** @internal The newest item that a member was given here. */
  lastGiven(seat: Seat, underWay: boolean): Item | undefined {
    return this.#queue.lastGiven(underWay && this.#wasServed(seat), seat.since);
  }

  /**
   * @internal The items that a member was given here after a position, oldest first. Only for a member that acknowledges, or for
   * which {@link keep} was called.
   */
  given(seat: Seat, after: number): readonly Item[] {
    return this.#queue.given(this.#wasServed(seat), Math.max(after, seat.since));
  }

  /** @internal What a member has still to be given here, oldest first. */
  waiting(seat: Seat): readonly Item[] {
    return this.#queue.waiting(this.#wasServed(seat));
  }

  /** @internal Everything that is kept or waits. */
  get load(): Load {
    return this.#queue.load;
  }

  /** @internal When an item that is kept was delivered, in whole monotonic milliseconds. */
  deliveredAt(position: number): number {
    return this.#queue.deliveredAt(position) ?? Math.trunc(this.#host.now());
  }

  /** @internal One more member needs what it is given to be kept until it is acknowledged. */
  keep(): void {
    this.#keepers += 1;
  }

  /** @internal Undoes one {@link keep}. */
  release(): void {
    this.#keepers -= 1;
    if (this.#keepers === 0) this.#trim();
  }

  /** @internal Called when a member has acknowledged something. From time to time it drops what all have acknowledged. */
  acked(): void {
    this.#acks += 1;
    if (this.#acks >= this.#keepers) this.#trim();
  }

  #wasServed(seat: Seat): boolean {
    return this.#queue.batch.length > 0 && seat.slot <= this.serving;
  }

  // Each member is held to its own bounds, looked at whenever the group has taken in a share of them.
  #review(): void {
    if (!this.#meter.due) return;
    this.#meter.reset();
    this.#trim();
    if (!this.#host.budget.open) this.dissolve();
    for (const { session } of this.seats) if (!session.roomy) session.leaveGroups();
  }

  #trim(): void {
    this.#acks = 0;
    if (this.#queue.batch.length > 0) return;
    let needed = Number.POSITIVE_INFINITY;
    if (this.#keepers > 0) {
      for (const { session, since } of this.seats)
        if (session.sent.owes) needed = Math.min(needed, Math.max(since, session.sent.acked));
    }
    this.#queue.forget(needed);
  }

  // Nothing waits.
  #rest(): void {
    this.#wakeScheduled = false;
    this.#set.emptied(this);
  }

  #end(): void {
    this.#rest();
    this.#queue.clear();
    this.serving = -1;
    this.#meter.reset();
    this.#set.remove(this);
  }
}
