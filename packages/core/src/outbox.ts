import type { AckState } from './ack-state.ts';
import { Backlog, type Skips } from './backlog.ts';
import { conflate } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import type { HubInternals } from './hub-internals.ts';
import type { Load } from './items.ts';
import { Queue } from './queue.ts';
import { type Reader, withhold } from './withhold.ts';

/** What the outbox asks of its session. */
export interface OutboxOwner {
  /** True while a transport takes what waits. */
  readonly attached: boolean;
  /** What is meant for the session. */
  readonly interests: Reader;
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
    if (this.#queue.fits(event)) this.#queue.push(event);
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
    const { overflow, queueLimit } = this.#host.limits;
    // Only the session's own backlog may end it, not that of the whole hub.
    if (overflow === 'disconnect' && !this.#queue.hasRoom(event)) {
      this.#overflowed = true;
      this.#host.overflowed(this.#owner);
    } else if (
      overflow !== 'latest-per-subject' ||
      !conflate(this.#queue, event, queueLimit, this.#host.counters)
    )
      this.#spill();
  }

  // Waiting events are dropped, because the log has them. A gap that the log cannot reproduce stays.
  #spill(): void {
    const first = this.#queue.firstWaiting;
    const kept = first?.kind === 'gap' && first.reason !== 'conflated' ? [first] : [];
    this.#queue.replaceWaiting(() => kept);
    const missedBy = this.#owner.attached ? 'overflow' : 'trimmed';
    this.#backlog = new Backlog(this.#host, kept[0]?.to ?? this.#sent.taken, missedBy);
  }

  #refill(backlog: Backlog, most: Load): void {
    this.#untold = backlog.refill(this.#queue, this.#owner.interests, most);
    if (backlog.done) this.#backlog = undefined;
  }

  #tell(gap: Gap): void {
    if (gap.to > this.#sent.taken) return;
    this.#untold = undefined;
    this.#host.counters.gaps += 1;
    this.#host.gapped(this.#owner, gap);
  }
}
