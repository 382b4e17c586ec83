import { type Item, positionOf } from './event.ts';
import { givenAfter, lastGiven, type Seat, seatsOf } from './seat.ts';

/**
 * How far one session has come in the log: what it has certainly received, and what was handed out to it.
 *
 * While the session is in delivery groups, the getters ask the groups. Reading changes nothing.
 *
 * @remarks The positions obey `acked` ≤ `taken` ≤ `reached`, except after a gap from another epoch, which may lead back.
 */
export class AckState {
  /** True for a client that acknowledges: a finished write proves nothing. */
  acknowledges = false;
  /** The first of its seats in delivery groups; undefined while it is served by itself. */
  seat: Seat | undefined = undefined;
  #lingers = false;
  #acked = 0;
  #ackedCursor = '';
  #taken = 0;
  #takenCursor = '';
  #reached = 0;
  // Whole numbers, which need no box.
  #unackedSince: number | undefined = undefined;

  /** True when the client came with a cursor: it may have more of its last session than it had passed on. */
  resumed = false;

  constructor(position: number, cursor: string) {
    this.move(position, cursor);
  }

  /** True while the session must acknowledge what a group gives it. */
  get owes(): boolean {
    return this.acknowledges || this.#lingers;
  }

  /** Highest position handed out. */
  get taken(): number {
    const last = lastGiven(this.seat);
    return last === undefined ? this.#taken : positionOf(last);
  }

  get takenCursor(): string {
    return lastGiven(this.seat)?.cursor ?? this.#takenCursor;
  }

  /** Highest position received for certain. */
  get acked(): number {
    return this.#settles ? this.taken : this.#acked;
  }

  get ackedCursor(): string {
    return this.#settles ? this.takenCursor : this.#ackedCursor;
  }

  /** Highest position ever handed out. */
  get reached(): number {
    return Math.max(this.#reached, lastGiven(this.seat) === undefined ? 0 : this.taken);
  }

  /**
   * When an acknowledging client got its oldest unacknowledged item.
   *
   * @returns whole monotonic milliseconds; Infinity when nothing is unacknowledged.
   */
  get unackedSince(): number {
    if (this.#unackedSince !== undefined) return this.#unackedSince;
    const oldest = this.acknowledges ? this.inFlight[0] : undefined;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    const from = seatsOf(this.seat).find(
      (seat) => seat.group.given(seat, positionOf(oldest) - 1)[0] === oldest,
    );
    return from?.group.deliveredAt(positionOf(oldest)) ?? Number.POSITIVE_INFINITY;
  }

  /** Items that its groups have given it and it has not acknowledged, oldest first. */
  get inFlight(): readonly Item[] {
    return this.seat === undefined || !this.owes ? [] : givenAfter(this.seat, this.#acked);
  }

  /**
   * Finds the position of a cursor among what is acknowledged or in flight.
   *
   * @returns undefined when the cursor is neither.
   */
  placeOf(cursor: string): number | undefined {
    if (cursor === this.ackedCursor) return this.acked;
    const item = this.inFlight.findLast((given) => given.cursor === cursor);
    return item === undefined ? undefined : positionOf(item);
  }

  /** Moves to a position, whatever came before. */
  move(position: number, cursor: string): void {
    this.#acked = this.#taken = position;
    this.#ackedCursor = this.#takenCursor = cursor;
    this.#unackedSince = undefined;
  }

  /**
   * Notes that everything up to an item was handed out.
   *
   * @param at - when, in monotonic milliseconds; undefined when no acknowledgement is expected.
   */
  take(last: Item, at: number | undefined): void {
    if (this.#taken === this.#acked) this.#unackedSince = at === undefined ? undefined : Math.trunc(at);
    this.#reach(last);
  }

  /** Counts everything up to an item as received. */
  ack(last: Item): void {
    this.#acked = positionOf(last);
    this.#ackedCursor = last.cursor;
  }

  /** Restarts the clock of an acknowledging client's silence at `now`, in monotonic milliseconds. */
  watch(now: number): void {
    this.#unackedSince = this.acked === this.taken ? undefined : Math.trunc(now);
  }

  /** Goes back to the last acknowledged item, so that what followed is handed out again. */
  back(): void {
    this.move(this.#acked, this.#ackedCursor);
  }

  /** Treats the current batch, and all that follow until {@link settle}, as sent but not yet received. */
  linger(): void {
    if (this.owes || this.seat === undefined) return;
    const before = lastGiven(this.seat, false);
    if (before !== undefined) this.ack(before);
    this.#lingers = true;
    for (const seat of seatsOf(this.seat)) seat.group.keep();
  }

  /** Counts everything that its groups gave it as received. */
  settle(): void {
    if (!this.#lingers) return;
    this.#lingers = false;
    for (const seat of seatsOf(this.seat)) seat.group.release();
  }

  /** Takes over the position that its groups have reached. The caller keeps what is in flight. */
  note(): void {
    const last = lastGiven(this.seat);
    if (last === undefined) return;
    const { owes, unackedSince } = this;
    if (owes) this.#unackedSince = Number.isFinite(unackedSince) ? unackedSince : undefined;
    else this.ack(last);
    this.#reach(last);
  }

  /** Forgets its seats in delivery groups. */
  unseat(): void {
    this.seat = undefined;
    this.#lingers = false;
  }

  #reach(last: Item): void {
    this.#taken = positionOf(last);
    this.#takenCursor = last.cursor;
    if (this.#taken > this.#reached) this.#reached = this.#taken;
  }

  // Without an acknowledgement to wait for, everything that was given counts as received.
  get #settles(): boolean {
    return this.seat !== undefined && !this.owes;
  }
}
