/**
 * Called when an item is due. `now` is in monotonic milliseconds.
 *
 * @returns when to call again, in monotonic milliseconds; undefined to forget the item.
 */
export type Due<T> = (item: T, now: number) => number | undefined;

interface Slot<T> {
  readonly items: T[];
  readonly times: number[];
}

/**
 * Holds the deadlines of many items: adding costs two array pushes, a tick costs only what is due.
 *
 * To move a deadline, do nothing: when the old time comes, the callback returns the new one.
 *
 * @remarks All times are monotonic milliseconds. As long as `run` is called often enough, an item is called no earlier than its
 *   time and at most one `grain` after it.
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

  /** Adds an item; its time may lie beyond one turn of the wheel. */
  add(item: T, at: number): void {
    const tick = Math.max(Math.ceil(at / this.#grain), this.#tick + 1);
    const nearest = Math.min(tick, this.#tick + this.#slots.length - 1);
    const slot = this.#slots[this.#place(nearest)];
    slot?.items.push(item);
    slot?.times.push(at);
    this.#size += 1;
  }

  /** Calls back for every item that is due. */
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
