import { Backlog, type MissedBy, type Skips } from './backlog.ts';
import { latestPerSubject } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import { positionOf } from './event.ts';
import type { FeedOwner } from './feed-owner.ts';
import { Queue } from './queue.ts';
import type { HubParts } from './session-host.ts';
import { withhold } from './withhold.ts';

/**
 * A session's way through the log: what was received, what was handed out, what waits.
 *
 * Units: `confirmed` ≤ `taken` are positions. The queue holds every wanted item after `confirmed`, up to the tail of the
 * log; once it has spilled, only up to a position, and the rest is read from the log when the queue has room again.
 */
export class Feed {
  readonly #queue: Queue;
  #backlog: Backlog | undefined = undefined;
  #overflowed = false;
  // The gap that was put in line and not handed out yet.
  #untold: Gap | undefined = undefined;
  #confirmed: number;
  #taken: number;
  #confirmedCursor: string;
  #takenCursor: string;
  /** Highest position ever handed out. */
  reached = 0;
  readonly #host: HubParts;
  readonly #owner: FeedOwner;
  /** When a client that acknowledges got its oldest unconfirmed item. Units: monotonic ms; Infinity when there is none. */
  unconfirmedSince: number = Number.POSITIVE_INFINITY;

  constructor(host: HubParts, owner: FeedOwner) {
    this.#host = host;
    this.#owner = owner;
    this.#queue = new Queue(host.limits, host.budget);
    this.#confirmed = this.#taken = host.log.tail;
    this.#confirmedCursor = this.#takenCursor = host.log.cursorAt(host.log.tail) ?? '';
  }

  get confirmed(): number {
    return this.#confirmed;
  }

  get taken(): number {
    return this.#taken;
  }

  /** Text of the place after what was taken. */
  get cursor(): string {
    return this.#takenCursor;
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

  /** True when everything that was wanted up to now is confirmed. */
  get settled(): boolean {
    return this.#queue.size === 0 && this.#backlog === undefined;
  }

  /** Says whether something may still be handed out that a test holds for. */
  expects(test: (event: CometEvent) => boolean): boolean {
    return this.#backlog !== undefined || this.#queue.some((item) => item.kind === 'data' && test(item));
  }

  /** Takes a published event that is wanted. */
  push(event: CometEvent): void {
    if (this.#backlog !== undefined || this.#overflowed) return;
    if (this.#queue.fits(event)) this.#queue.push(event);
    else this.#overflow(event);
  }

  take(
    maxItems: number = this.#host.limits.queueLimit,
    maxBytes: number = this.#host.limits.queueBytes,
  ): readonly Item[] {
    if (this.#queue.waiting === 0 && this.#backlog !== undefined) this.#refill(this.#backlog);
    const items = this.#queue.take(maxItems, maxBytes);
    const last = items.at(-1);
    if (last === undefined) return items;
    if (this.#taken === this.#confirmed && this.#owner.acknowledges) this.unconfirmedSince = this.#host.now();
    this.#taken = positionOf(last);
    this.#takenCursor = last.cursor;
    if (this.#taken > this.reached) this.reached = this.#taken;
    this.#host.counters.taken += items.length;
    if (this.#untold !== undefined) this.#tell(this.#untold);
    return items;
  }

  /** Position of the confirmed place, or of an item handed out since, by its cursor. Shape: undefined for any other. */
  placeOf(cursor: string): number | undefined {
    return cursor === this.#confirmedCursor ? this.#confirmed : this.#queue.placeOf(cursor);
  }

  confirm(position: number): boolean {
    if (!(position >= this.#confirmed && position <= this.#taken)) {
      this.#host.counters.refusedAcks += 1;
      return false;
    }
    const last = this.#queue.confirm(position);
    if (last !== undefined) {
      this.#confirmed = positionOf(last);
      this.#confirmedCursor = last.cursor;
      // Only progress counts: an acknowledgement that is sent again and again must not pass for life.
      if (this.#owner.acknowledges) this.watch();
    }
    return true;
  }

  /** Counts the silence of a client that acknowledges from now on. */
  watch(): void {
    this.unconfirmedSince = this.#confirmed === this.#taken ? Number.POSITIVE_INFINITY : this.#host.now();
  }

  rewind(): void {
    this.#queue.rewind();
    this.#taken = this.#confirmed;
    this.#takenCursor = this.#confirmedCursor;
    this.unconfirmedSince = Number.POSITIVE_INFINITY;
    // An answer that is given again to a client that says nothing of it has as many items as before.
    if (this.#owner.interests.restricted) this.withhold(this.#owner.acknowledges);
  }

  /** Puts gaps in the place of what waits and must not be handed out any more. What was taken has its turn in {@link rewind}. */
  withhold(together: boolean): void {
    this.#queue.replaceWaiting((waiting) => withhold(waiting, this.#owner.interests, together));
  }

  /**
   * Goes on after a place of the log, whatever was handed out before; behind a gap that ends there, if there is one.
   *
   * The stream stands one position before the gap's end until the gap is taken, so that an answer that is lost tells it
   * again; `cursor` is the place that the client named. What is skipped is so in this pass only.
   */
  seek(position: number, cursor: string, gap?: Gap, skips?: Skips): void {
    this.#queue.clear();
    this.#confirmed = this.#taken = gap === undefined ? position : position - 1;
    this.#confirmedCursor = this.#takenCursor = cursor;
    this.#readFrom(position, 'trimmed', skips);
    if (gap !== undefined) this.#queue.push(gap);
    this.#untold = gap;
    this.unconfirmedSince = Number.POSITIVE_INFINITY;
  }

  /** Lets go of everything, when the session ends. */
  clear(): void {
    this.#queue.clear();
    this.#backlog = undefined;
  }

  #overflow(event: CometEvent): void {
    this.#host.counters.overflows += 1;
    const { overflow } = this.#host.limits;
    // A session pays for its own backlog; that of the whole hub is no fault of its own.
    if (overflow === 'disconnect' && !this.#queue.hasRoom(event)) {
      this.#overflowed = true;
      this.#owner.overflowed();
    } else if (overflow !== 'latest-per-subject' || !this.#conflate(event)) this.#spill();
  }

  // Shape: false when it frees less than a quarter, for then it would soon be made again for every event.
  #conflate(event: CometEvent): boolean {
    this.#queue.replaceWaiting((waiting) => latestPerSubject([...waiting, event]));
    return this.#queue.size <= (this.#host.limits.queueLimit * 3) / 4 && this.#queue.withinBounds;
  }

  // What waits is forgotten, for the log has it; but a notice of what the log has not must stay.
  #spill(): void {
    const first = this.#queue.firstWaiting;
    const kept = first?.kind === 'gap' && first.reason !== 'conflated' ? [first] : [];
    this.#queue.replaceWaiting(() => kept);
    this.#readFrom(kept[0]?.to ?? this.#taken, this.#owner.attached ? 'overflow' : 'trimmed');
  }

  #readFrom(position: number, missedBy: MissedBy, skips?: Skips): void {
    this.#backlog = new Backlog(this.#host, position, missedBy, skips);
  }

  #refill(backlog: Backlog): void {
    this.#untold = backlog.refill(this.#queue, this.#owner.interests);
    if (backlog.done) this.#backlog = undefined;
  }

  #tell(gap: Gap): void {
    if (gap.to > this.#taken) return;
    this.#untold = undefined;
    this.#host.counters.gaps += 1;
    this.#owner.gapped(gap);
  }
}
