import type { AckState } from './ack-state.ts';
import { Backlog, type Skips } from './backlog.ts';
import { type Conflation, conflate, isReplaced, latestPerSubject } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import type { HubInternals } from './hub-internals.ts';
import type { Load } from './items.ts';
import { Queue } from './queue.ts';
import { type Reader, withhold } from './withhold.ts';

// So much of what waits is looked through for every batch; of more, only once a share of it is new.
const few = 64;
const share = 16;

/** What a reader says of events that newer ones may replace. */
interface Replaces {
  /** True when there may be such events. */
  readonly conflates: boolean;
  /** Tells which events are such. @param after - only those behind this position. */
  conflation(after: number): Conflation;
}

/** What the outbox asks of its session. */
export interface OutboxOwner {
  /** True while a transport takes what waits. */
  readonly attached: boolean;
  /** What is meant for the session. */
  readonly interests: Reader & Replaces;
}

/**
 * The items that a session served by itself must still get or acknowledge.
 *
 * The queue holds every wanted item after `acked` up to the tail of the log. Once it has spilled, it ends earlier, and the
 * rest is read from the log when the queue has room again.
 */
export class Outbox<S extends OutboxOwner> {
  readonly #queue: Queue;
  #backlog: Backlog | undefined = undefined;
  #overflowed = false;
  // A queued gap that has not been handed out yet.
  #untold: Gap | undefined = undefined;
  // Events that wait since it was last looked for those that newer ones replace.
  #fresh = 0;
  readonly #sent: AckState;
  readonly #host: HubInternals<S>;
  readonly #owner: S;

  constructor(host: HubInternals<S>, owner: S, sent: AckState) {
    this.#host = host;
    this.#owner = owner;
    this.#queue = new Queue(host.limits, host.budget);
    this.#sent = sent;
  }

  get waiting(): boolean {
    return this.#queue.waiting > 0 || this.#backlog !== undefined;
  }

  get spilled(): boolean {
    return this.#backlog !== undefined;
  }

  get queue(): { readonly size: number; readonly bytes: number } {
    return this.#queue;
  }

  /** True when everything that was wanted up to now is acknowledged. */
  get settled(): boolean {
    return this.#queue.size === 0 && this.#backlog === undefined;
  }

  /** True when everything was handed out, and no more than half the bounds are taken by what is not acknowledged. */
  get roomy(): boolean {
    const { queueLimit, queueBytes } = this.#host.limits;
    return (
      !this.waiting && this.#queue.size < Math.floor(queueLimit / 2) && this.#queue.bytes * 2 < queueBytes
    );
  }

  /** Returns whether an event that passes a test may still be handed out. */
  expects(test: (event: CometEvent) => boolean): boolean {
    if (this.#backlog !== undefined) return true;
    return this.#queue.held(false).some((item) => item.kind === 'data' && test(item));
  }

  /** Takes a published event that is wanted. */
  push(event: CometEvent): void {
    if (this.#backlog !== undefined || this.#overflowed) return;
    this.#fresh += 1;
    if (this.#owner.interests.conflates && this.#fresh * 2 >= Math.max(2 * few, this.#queue.waiting))
      this.#conflate();
    if (this.#queue.fits(event) || this.#makesRoom(event)) this.#queue.push(event);
    else this.#overflow(event);
  }

  /** Takes the gap of a hole at the tail of the log. */
  pushGap(gap: Gap): void {
    // A backlog comes across the hole itself.
    if (this.spilled || this.#overflowed) return;
    if (!this.#queue.fits(gap)) {
      this.#spill();
      return;
    }
    this.#queue.push(gap);
    this.#untold ??= gap;
  }

  take(
    maxItems: number = this.#host.limits.queueLimit,
    maxBytes: number = this.#host.limits.queueBytes,
  ): readonly Item[] {
    if (this.#queue.waiting === 0 && this.#backlog !== undefined)
      this.#refill(this.#backlog, { size: maxItems, bytes: maxBytes });
    if (this.#owner.interests.conflates && this.#isWorthALook) this.#conflate();
    const items = this.#queue.take(maxItems, maxBytes);
    const last = items.at(-1);
    if (last === undefined) return items;
    this.#sent.take(last, this.#sent.acknowledges ? this.#host.now() : undefined);
    this.#host.counters.taken += items.length;
    if (this.#untold !== undefined) this.#tell(this.#untold);
    return items;
  }

  /** Finds the position of an unacknowledged item by its cursor. @returns undefined when no such item ends there. */
  placeOf(cursor: string): number | undefined {
    return this.#queue.placeOf(cursor);
  }

  /** Drops handed-out items up to a position. @returns the last dropped item; undefined when there was none. */
  ack(position: number): Item | undefined {
    return this.#queue.ack(position);
  }

  rewind(): void {
    this.#queue.rewind();
    this.#fresh = this.#queue.waiting;
    this.#sent.back();
    // An answer repeated to a client that does not acknowledge must have as many items as before.
    if (this.#owner.interests.restricted) this.withhold(this.#sent.acknowledges);
  }

  /** Replaces waiting events that must no longer be handed out with gaps. Items already taken are handled in {@link rewind}. */
  withhold(together: boolean): void {
    this.#queue.replaceWaiting((waiting) => withhold(waiting, this.#owner.interests, together));
  }

  /**
   * Continues after a position of the log, whatever was handed out before.
   *
   * Until the gap is taken the stream stays one position before the gap's end, so that the gap is sent again if its answer is
   * lost.
   *
   * @param cursor - the cursor that the client named.
   * @param gap - handed out first; it ends at the position.
   * @param skips - events to leave out, in this pass only.
   */
  seek(position: number, cursor: string, gap?: Gap, skips?: Skips): void {
    this.#queue.clear();
    this.#sent.move(gap === undefined ? position : position - 1, cursor);
    this.#backlog = new Backlog(this.#host, position, 'trimmed', skips);
    if (gap !== undefined) this.#queue.push(gap);
    this.#untold = gap;
  }

  /**
   * Begins with items that the log does not have, and goes on in the log.
   *
   * @param place - the place before them.
   * @param readFrom - the position of the log behind them.
   */
  begin(
    place: { readonly position: number; readonly cursor: string },
    items: readonly Item[],
    readFrom: number,
    skips: Skips,
  ): void {
    this.#queue.clear();
    this.#sent.move(place.position, place.cursor);
    this.#backlog = new Backlog(this.#host, readFrom, 'trimmed', skips);
    for (const item of items) this.#queue.push(item);
    this.#untold = items.find((item) => item.kind === 'gap');
  }

  /** Keeps unacknowledged items that the groups have handed out. The outbox must have nothing waiting. */
  keep(items: readonly Item[]): void {
    for (const item of items) this.#queue.push(item);
    this.#queue.take(items.length, Number.POSITIVE_INFINITY);
  }

  /** Drops everything, when the session ends. */
  clear(): void {
    this.#queue.clear();
    this.#backlog = undefined;
  }

  #overflow(event: CometEvent): void {
    this.#host.counters.overflows += 1;
    const { overflow } = this.#host.limits;
    // Only the session's own backlog may end it, not that of the whole hub.
    if (overflow === 'disconnect' && !this.#queue.hasRoom(event)) {
      this.#overflowed = true;
      this.#host.overflowed(this.#owner);
    } else if (overflow !== 'latest-per-subject' || !this.#keepsLatest(event)) this.#spill();
  }

  #keepsLatest(event: CometEvent): boolean {
    const replaced = conflate(this.#queue, latestPerSubject, event);
    const worthIt = this.#roomier && this.#queue.withinBounds;
    if (worthIt) this.#host.counters.coalesced += replaced;
    return worthIt;
  }

  #makesRoom(event: CometEvent): boolean {
    if (!this.#owner.interests.conflates) return false;
    this.#conflate();
    return this.#roomier && this.#queue.fits(event);
  }

  // Where less is free it would have to be done again for nearly every event. Who spills reads on in the log.
  get #roomier(): boolean {
    return this.#queue.size <= (this.#host.limits.queueLimit * 3) / 4;
  }

  get #isWorthALook(): boolean {
    const { waiting } = this.#queue;
    return this.#fresh > 0 && waiting > 1 && (waiting <= few || this.#fresh * share >= waiting);
  }

  // An answer that is repeated to a client that does not acknowledge must have as many items as before.
  #conflate(): void {
    const after = this.#sent.acknowledges ? 0 : this.#sent.reached;
    this.#fresh = 0;
    this.#host.counters.coalesced += conflate(this.#queue, this.#owner.interests.conflation(after));
  }

  // Waiting events are dropped, because the log has them. A gap that the log cannot reproduce stays.
  #spill(): void {
    const first = this.#queue.firstWaiting;
    const kept = first?.kind === 'gap' && !isReplaced(first) ? [first] : [];
    this.#queue.replaceWaiting(() => kept);
    const missedBy = this.#owner.attached ? 'overflow' : 'trimmed';
    this.#backlog = new Backlog(this.#host, kept[0]?.to ?? this.#sent.taken, missedBy);
  }

  #refill(backlog: Backlog, most: Load): void {
    const { interests } = this.#owner;
    this.#untold = backlog.refill(this.#queue, interests, interests.conflates ? undefined : most);
    if (interests.conflates) this.#condense(backlog);
    if (backlog.done) this.#backlog = undefined;
  }

  // Reads on for as long as newer events make room.
  #condense(backlog: Backlog): void {
    for (;;) {
      this.#conflate();
      if (backlog.done || !this.#roomier) return;
      const { waiting } = this.#queue;
      backlog.refill(this.#queue, this.#owner.interests);
      if (this.#queue.waiting === waiting) return;
    }
  }

  #tell(gap: Gap): void {
    if (gap.to > this.#sent.taken) return;
    this.#untold = undefined;
    this.#host.counters.gaps += 1;
    this.#host.gapped(this.#owner, gap);
  }
}
