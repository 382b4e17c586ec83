import { type Item, positionOf } from './event.ts';
import { givenAfter, lastGiven, type Seat, seatsOf } from './seat.ts';

/**
 * Where the stream of a session stands: what was received for certain, and what was handed out. Of a session that is in
 * delivery groups they tell what it was given; reading changes nothing.
 *
 * `confirmed` ≤ `taken` ≤ `reached` are positions, except that a gap of another epoch may lead back; the cursors are their
 * texts.
 */
export class AckState {
  /** True for a client that acknowledges: a finished write proves nothing. */
  acknowledges = false;
  /** The first of its seats in delivery groups; undefined while it is served by itself. */
  seat: Seat | undefined = undefined;
  #lingers = false;
  #confirmed = 0;
  #confirmedCursor = '';
  #taken = 0;
  #takenCursor = '';
  #reached = 0;
  // Whole numbers, which need no box.
  #unconfirmedSince: number | undefined = undefined;

  constructor(position: number, cursor: string) {
    this.move(position, cursor);
  }

  /** True while what a group gives it has to be confirmed. */
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
  get confirmed(): number {
    return this.#settles ? this.taken : this.#confirmed;
  }

  get confirmedCursor(): string {
    return this.#settles ? this.takenCursor : this.#confirmedCursor;
  }

  /** Highest position ever handed out. */
  get reached(): number {
    return Math.max(this.#reached, lastGiven(this.seat) === undefined ? 0 : this.taken);
  }

  /** When a client that acknowledges got its oldest unconfirmed item, in whole monotonic milliseconds. @returns Infinity for none. */
  get unconfirmedSince(): number {
    if (this.#unconfirmedSince !== undefined) return this.#unconfirmedSince;
    const oldest = this.acknowledges ? this.inFlight[0] : undefined;
    if (oldest === undefined) return Number.POSITIVE_INFINITY;
    const from = seatsOf(this.seat).find(
      (seat) => seat.group.given(seat, positionOf(oldest) - 1)[0] === oldest,
    );
    return from?.group.deliveredAt(positionOf(oldest)) ?? Number.POSITIVE_INFINITY;
  }

  /** What its groups have given it and it has not confirmed, oldest first. */
  get inFlight(): readonly Item[] {
    return this.seat === undefined || !this.owes ? [] : givenAfter(this.seat, this.#confirmed);
  }

  /** The position of what is confirmed, or of an item in flight, by its cursor. @returns undefined for any other. */
  placeOf(cursor: string): number | undefined {
    if (cursor === this.confirmedCursor) return this.confirmed;
    const item = this.inFlight.findLast((given) => given.cursor === cursor);
    return item === undefined ? undefined : positionOf(item);
  }

  /** Goes to a place, whatever was before. */
  move(position: number, cursor: string): void {
    this.#confirmed = this.#taken = position;
    this.#confirmedCursor = this.#takenCursor = cursor;
    this.#unconfirmedSince = undefined;
  }

  /** Everything up to an item was handed out at a time: undefined when nobody waits for a word about it. */
  take(last: Item, at: number | undefined): void {
    if (this.#taken === this.#confirmed)
      this.#unconfirmedSince = at === undefined ? undefined : Math.trunc(at);
    this.#reach(last);
  }

  /** Everything up to an item that was handed out counts as received. */
  confirm(last: Item): void {
    this.#confirmed = positionOf(last);
    this.#confirmedCursor = last.cursor;
  }

  /** Counts the silence of a client that acknowledges from a time on. */
  watch(now: number): void {
    this.#unconfirmedSince = this.confirmed === this.taken ? undefined : Math.trunc(now);
  }

  /** What was handed out and not confirmed is to be handed out again. */
  back(): void {
    this.move(this.#confirmed, this.#confirmedCursor);
  }

  /** The batch that is being delivered is still on its way, and so will be what follows until {@link settle}. */
  linger(): void {
    if (this.owes || this.seat === undefined) return;
    const before = lastGiven(this.seat, false);
    if (before !== undefined) this.confirm(before);
    this.#lingers = true;
    for (const seat of seatsOf(this.seat)) seat.group.keep();
  }

  /** All that its groups gave it has arrived. */
  settle(): void {
    if (!this.#lingers) return;
    this.#lingers = false;
    for (const seat of seatsOf(this.seat)) seat.group.release();
  }

  /** Notes where its groups have brought it. What is in flight then is the caller's to keep. */
  note(): void {
    const last = lastGiven(this.seat);
    if (last === undefined) return;
    const { owes, unconfirmedSince } = this;
    if (owes) this.#unconfirmedSince = Number.isFinite(unconfirmedSince) ? unconfirmedSince : undefined;
    else this.confirm(last);
    this.#reach(last);
  }

  /** It has no seat any more. */
  unseat(): void {
    this.seat = undefined;
    this.#lingers = false;
  }

  #reach(last: Item): void {
    this.#taken = positionOf(last);
    this.#takenCursor = last.cursor;
    if (this.#taken > this.#reached) this.#reached = this.#taken;
  }

  // Whatever it is given counts as received.
  get #settles(): boolean {
    return this.seat !== undefined && !this.owes;
  }
}
