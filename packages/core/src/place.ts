import { type Item, positionOf } from './event.ts';

/**
 * Where a session stands: what was received for certain, and what was handed out.
 *
 * Units: `confirmed` ≤ `taken` ≤ `reached` are positions, except that a gap of another epoch may lead back; the cursors
 * are their texts.
 */
export class Place {
  confirmed = 0;
  taken = 0;
  /** Highest position ever handed out. */
  reached = 0;
  /** When a client that acknowledges got its oldest unconfirmed item. Units: whole monotonic ms; undefined when there is none. */
  unconfirmedSince: number | undefined = undefined;
  confirmedCursor = '';
  takenCursor = '';

  constructor(position: number, cursor: string) {
    this.move(position, cursor);
  }

  /** Goes to a place, whatever was before. */
  move(position: number, cursor: string): void {
    this.confirmed = this.taken = position;
    this.confirmedCursor = this.takenCursor = cursor;
    this.unconfirmedSince = undefined;
  }

  /** Goes on to a later place, up to which everything was received. */
  stand(position: number, cursor: string): void {
    this.move(position, cursor);
    this.reach(position);
  }

  /** Everything up to an item was handed out at a time: undefined when nobody waits for a word about it. */
  take(last: Item, at: number | undefined): void {
    if (this.taken === this.confirmed) this.unconfirmedSince = at === undefined ? undefined : Math.trunc(at);
    this.taken = positionOf(last);
    this.takenCursor = last.cursor;
    this.reach(this.taken);
  }

  /** Notes that a position was handed out. */
  reach(position: number): void {
    if (position > this.reached) this.reached = position;
  }

  /** Everything up to an item that was handed out counts as received. */
  confirm(last: Item): void {
    this.confirmed = positionOf(last);
    this.confirmedCursor = last.cursor;
  }

  /** Counts the silence of a client that acknowledges from a time on. */
  watch(now: number): void {
    this.unconfirmedSince = this.confirmed === this.taken ? undefined : Math.trunc(now);
  }

  /** What was handed out and not confirmed is to be handed out again. */
  back(): void {
    this.move(this.confirmed, this.confirmedCursor);
  }
}
