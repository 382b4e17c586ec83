/**
 * Looks at an item when its time has come.
 *
 * Shape: the next time to look at it, undefined to forget it. Units: monotonic milliseconds.
 */
export type Due<T> = (item: T, now: number) => number | undefined;

interface Slot<T> {
  readonly items: T[];
  readonly times: number[];
}

/**
 * Deadlines of many items on one wheel: adding costs two array pushes, a tick costs what is due and nothing else.
 *
 * A deadline that moves is not moved here: the item is looked at when the old time comes and put where it belongs then.
 * Units: milliseconds; an item is looked at no earlier than its time and at most one `grain` after it, given ticks.
 */
export class TimerWheel<T> {
  readonly #grain: number;
  readonly #due: Due<T>;
  readonly #slots: Slot<T>[];
  #tick: number;
  #size = 0;

  constructor(grain: number, slots: number, now: number, due: Due<T>) {
    this.#grain = grain;
    this.#due = due;
    this.#slots = Array.from({ length: slots }, makeSlot<T>);
    this.#tick = Math.floor(now / grain);
  }

  /** Items held; one that was added twice counts twice. */
  get size(): number {
    return this.#size;
  }

  /** Adds an item to be looked at; its time may lie beyond one turn of the wheel. */
  add(item: T, at: number): void {
    const tick = Math.max(Math.ceil(at / this.#grain), this.#tick + 1);
    const nearest = Math.min(tick, this.#tick + this.#slots.length - 1);
    const slot = this.#slots[this.#place(nearest)];
    slot?.items.push(item);
    slot?.times.push(at);
    this.#size += 1;
  }

  /** Looks at everything whose time has come. */
  run(now: number): void {
    const until = Math.floor(now / this.#grain);
    // After a long pause one turn finds everything; going round more often would find nothing.
    if (until - this.#tick > this.#slots.length) this.#tick = until - this.#slots.length;
    while (this.#tick < until) {
      this.#tick += 1;
      this.#runSlot(this.#place(this.#tick), now);
    }
  }

  #runSlot(index: number, now: number): void {
    const slot = this.#slots[index];
    if (slot === undefined || slot.items.length === 0) return;
    this.#slots[index] = makeSlot();
    this.#size -= slot.items.length;
    slot.items.forEach((item, place) => {
      const at = slot.times[place] ?? 0;
      const next = at > now ? at : this.#due(item, now);
      // A time that has passed must not come round again within the same run.
      if (next !== undefined) this.add(item, Math.max(next, now + 1));
    });
  }

  // Time may be negative, for its origin is arbitrary.
  #place(tick: number): number {
    const turn = this.#slots.length;
    return ((tick % turn) + turn) % turn;
  }
}

function makeSlot<T>(): Slot<T> {
  return { items: [], times: [] };
}
