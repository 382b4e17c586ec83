import { Backlog, type Skips } from './backlog.ts';
import { conflate } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import type { FeedOwner } from './feed-owner.ts';
import type { Place } from './place.ts';
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
  readonly #place: Place;
  readonly #host: HubParts;
  readonly #owner: FeedOwner;

  constructor(host: HubParts, owner: FeedOwner, place: Place) {
    this.#host = host;
    this.#owner = owner;
    this.#queue = new Queue(host.limits, host.budget);
    this.#place = place;
  }

  /** Where the session stands. */
  get place(): Readonly<Place> {
    return this.#place;
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

  /** True when everything was handed out, and no more than half the bounds are taken by what is not confirmed. */
  get roomy(): boolean {
    const { queueLimit, queueBytes } = this.#host.limits;
    return (
      !this.waiting && this.#queue.size < Math.floor(queueLimit / 2) && this.#queue.bytes * 2 < queueBytes
    );
  }

  /** Says whether something may still be handed out that a test holds for. */
  expects(test: (event: CometEvent) => boolean): boolean {
    if (this.#backlog !== undefined) return true;
    return this.#queue.held(false).some((item) => item.kind === 'data' && test(item));
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
    this.#place.take(last, this.#owner.acknowledges ? this.#host.now() : undefined);
    this.#host.counters.taken += items.length;
    if (this.#untold !== undefined) this.#tell(this.#untold);
    return items;
  }

  /** Position of the confirmed place, or of an item handed out since, by its cursor. Shape: undefined for any other. */
  placeOf(cursor: string): number | undefined {
    const { confirmedCursor, confirmed } = this.#place;
    return cursor === confirmedCursor ? confirmed : this.#queue.placeOf(cursor);
  }

  confirm(position: number): boolean {
    if (!(position >= this.#place.confirmed && position <= this.#place.taken)) {
      this.#host.counters.refusedAcks += 1;
      return false;
    }
    const last = this.#queue.confirm(position);
    if (last !== undefined) {
      this.#place.confirm(last);
      // Only progress counts: an acknowledgement that is sent again and again must not pass for life.
      if (this.#owner.acknowledges) this.watch();
    }
    return true;
  }

  /** Counts the silence of a client that acknowledges from now on. */
  watch(): void {
    this.#place.watch(this.#host.now());
  }

  rewind(): void {
    this.#queue.rewind();
    this.#place.back();
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
    this.#place.move(gap === undefined ? position : position - 1, cursor);
    this.#backlog = new Backlog(this.#host, position, 'trimmed', skips);
    if (gap !== undefined) this.#queue.push(gap);
    this.#untold = gap;
  }

  /** Takes items that were handed out in another way, at a time. Only for a feed in which nothing waits. */
  took(items: readonly Item[], at: number): void {
    for (const item of items) this.#queue.push(item);
    const last = this.#queue.take(items.length, Number.POSITIVE_INFINITY).at(-1);
    if (last !== undefined) this.#place.take(last, at);
  }

  /** Lets go of everything, when the session ends. */
  clear(): void {
    this.#queue.clear();
    this.#backlog = undefined;
  }

  #overflow(event: CometEvent): void {
    this.#host.counters.overflows += 1;
    const { overflow, queueLimit } = this.#host.limits;
    // A session pays for its own backlog; that of the whole hub is no fault of its own.
    if (overflow === 'disconnect' && !this.#queue.hasRoom(event)) {
      this.#overflowed = true;
      this.#owner.overflowed();
    } else if (
      overflow !== 'latest-per-subject' ||
      !conflate(this.#queue, event, queueLimit, this.#host.counters)
    )
      this.#spill();
  }

  // What waits is forgotten, for the log has it; but a notice of what the log has not must stay.
  #spill(): void {
    const first = this.#queue.firstWaiting;
    const kept = first?.kind === 'gap' && first.reason !== 'conflated' ? [first] : [];
    this.#queue.replaceWaiting(() => kept);
    const missedBy = this.#owner.attached ? 'overflow' : 'trimmed';
    this.#backlog = new Backlog(this.#host, kept[0]?.to ?? this.#place.taken, missedBy);
  }

  #refill(backlog: Backlog): void {
    this.#untold = backlog.refill(this.#queue, this.#owner.interests);
    if (backlog.done) this.#backlog = undefined;
  }

  #tell(gap: Gap): void {
    if (gap.to > this.#place.taken) return;
    this.#untold = undefined;
    this.#host.counters.gaps += 1;
    this.#owner.gapped(gap);
  }
}
