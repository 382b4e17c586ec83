import type { Seat } from './seat.ts';

/** The seats of a delivery group and their sinks, in two arrays, so that a loop over the sinks touches no other memory. */
export class SeatTable<S> {
  // Slot by slot; empty where a member has left.
  #sinks: (S | undefined)[] = [];
  #seats: (Seat | undefined)[] = [];
  #size = 0;

  /** The number of seats that are taken. */
  get size(): number {
    return this.#size;
  }

  /** The sinks by slot; `undefined` where a seat is free. */
  get sinks(): readonly (S | undefined)[] {
    return this.#sinks;
  }

  /** The seats that are taken, in the order in which their members came. */
  get taken(): Seat[] {
    return this.#seats.filter((seat) => seat !== undefined);
  }

  at(slot: number): Seat | undefined {
    return this.#seats[slot];
  }

  /** Gives a seat the last slot. */
  add(seat: Seat, sink: S): void {
    seat.slot = this.#sinks.length;
    this.#size += 1;
    if (seat.slot > 0) {
      this.#sinks.push(sink);
      this.#seats.push(seat);
    } else {
      // A first push would reserve room for sixteen more, and many groups have one member.
      this.#sinks = [sink];
      this.#seats = [seat];
    }
  }

  /** Frees a slot. */
  remove({ slot }: Seat): void {
    this.#sinks[slot] = undefined;
    this.#seats[slot] = undefined;
    this.#size -= 1;
  }

  /** Removes free slots once they are the majority. Do not call it while looping over the sinks. */
  tidy(): void {
    if (this.#sinks.length <= 32 + this.#size * 2) return;
    const seats = this.taken;
    this.#sinks = this.#sinks.filter((sink) => sink !== undefined);
    this.#seats = seats;
    seats.forEach((seat, slot) => {
      seat.slot = slot;
    });
  }
}
