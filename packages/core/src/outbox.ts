import type { AckState } from './ack-state.ts';
import { Backlog, type Skips } from './backlog.ts';
import { conflate } from './conflate.ts';
import type { CometEvent, Gap, Item } from './event.ts';
import type { HubInternals } from './hub-internals.ts';
import { Queue } from './queue.ts';
import { type Reader, withhold } from './withhold.ts';

/** What the outbox asks of its session. */
export interface OutboxOwner {
  /** True while somebody takes what waits. */
  readonly attached: boolean;
  /** What is meant for the session. */
  readonly interests: Reader;
}

/**
 * What a session that is served by itself has still to be given or to confirm.
 *
 * The queue holds every wanted item after `confirmed`, up to the tail of the
 * log; once it has spilled, only up to a position, and the rest is read from the log when the queue has room again.
 */
export class Outbox<S extends OutboxOwner> {
  readonly #queue: Queue;
  #backlog: Backlog | undefined = undefined;
  #overflowed = false;
  // The gap that was put in line and not handed out yet.
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
    this.#sent.take(last, this.#sent.acknowledges ? this.#host.now() : undefined);
    this.#host.counters.taken += items.length;
    if (this.#untold !== undefined) this.#tell(this.#untold);
    return items;
  }

  /** The position of an item that was handed out and not confirmed, by its cursor. @returns undefined for any other. */
  placeOf(cursor: string): number | undefined {
    return this.#queue.placeOf(cursor);
  }

  /** Lets go of what was handed out up to a position. @returns the last item of it; undefined if there is none. */
  confirm(position: number): Item | undefined {
    return this.#queue.confirm(position);
  }

  rewind(): void {
    this.#queue.rewind();
    this.#sent.back();
    // An answer that is given again to a client that says nothing of it has as many items as before.
    if (this.#owner.interests.restricted) this.withhold(this.#sent.acknowledges);
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
    this.#sent.move(gap === undefined ? position : position - 1, cursor);
    this.#backlog = new Backlog(this.#host, position, 'trimmed', skips);
    if (gap !== undefined) this.#queue.push(gap);
    this.#untold = gap;
  }

  /** Keeps items that its groups have handed out and that are not confirmed. Only for an outbox in which nothing waits. */
  keep(items: readonly Item[]): void {
    for (const item of items) this.#queue.push(item);
    this.#queue.take(items.length, Number.POSITIVE_INFINITY);
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
      this.#host.overflowed(this.#owner);
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
    this.#backlog = new Backlog(this.#host, kept[0]?.to ?? this.#sent.taken, missedBy);
  }

  #refill(backlog: Backlog): void {
    this.#untold = backlog.refill(this.#queue, this.#owner.interests);
    if (backlog.done) this.#backlog = undefined;
  }

  #tell(gap: Gap): void {
    if (gap.to > this.#sent.taken) return;
    this.#untold = undefined;
    this.#host.counters.gaps += 1;
    this.#host.gapped(this.#owner, gap);
  }
}
