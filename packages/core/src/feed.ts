import { latestPerSubject } from './conflate.ts';
import type { CometEvent, Gap, GapReason, Item } from './event.ts';
import { positionOf } from './event.ts';
import { Queue } from './queue.ts';
import type { SessionHost } from './session-host.ts';

/** What the feed asks of its session. */
export interface FeedOwner {
  /** Says whether an event of the log is meant for the session. */
  wants(event: CometEvent): boolean;
  /** Hears of a gap that the session will be told. */
  gapped(gap: Gap): void;
}

/**
 * A session's way through the log: what was received, what was handed out, what waits.
 *
 * Units: `confirmed` ≤ `taken` are positions. The queue holds every wanted item after `confirmed`, up to the tail of the
 * log; once it has spilled, only up to `#readFrom`, and the rest is read from the log when the queue has room again.
 */
export class Feed {
  readonly #host: SessionHost;
  readonly #owner: FeedOwner;
  readonly #queue: Queue;
  #confirmed: number;
  #confirmedCursor: string;
  #taken: number;
  #takenCursor: string;
  #spilled = false;
  #readFrom = 0;
  /** When the oldest unconfirmed item was handed out. Units: monotonic ms; Infinity when none is. */
  unconfirmedSince: number = Number.POSITIVE_INFINITY;

  constructor(host: SessionHost, owner: FeedOwner) {
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
    return this.#queue.waiting > 0 || this.#spilled;
  }

  get spilled(): boolean {
    return this.#spilled;
  }

  get queue(): { readonly size: number; readonly bytes: number } {
    return this.#queue;
  }

  /** Takes a published event that is wanted. Shape: false when the policy says that the session must end. */
  push(event: CometEvent): boolean {
    // A spilled queue reads the event from the log in its turn; pushing it now would let it jump the line.
    if (this.#spilled) return true;
    if (this.#queue.fits(event)) {
      this.#queue.push(event);
      return true;
    }
    return this.#overflow(event);
  }

  take(maxItems: number, maxBytes: number): readonly Item[] {
    if (this.#spilled && this.#queue.waiting === 0) this.#refill();
    const items = this.#queue.take(maxItems, maxBytes);
    const last = items.at(-1);
    if (last === undefined) return items;
    if (this.#taken === this.#confirmed) this.unconfirmedSince = this.#host.now();
    this.#taken = positionOf(last);
    this.#takenCursor = last.cursor;
    this.#host.counters.taken += items.length;
    return items;
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
    }
    this.unconfirmedSince = this.#confirmed === this.#taken ? Number.POSITIVE_INFINITY : this.#host.now();
    return true;
  }

  rewind(): void {
    this.#queue.rewind();
    this.#taken = this.#confirmed;
    this.#takenCursor = this.#confirmedCursor;
    this.unconfirmedSince = Number.POSITIVE_INFINITY;
  }

  /** Goes on after a place of the log, whatever was handed out before. */
  seek(position: number, cursor: string): void {
    this.#queue.clear();
    this.#confirmed = this.#taken = this.#readFrom = position;
    this.#confirmedCursor = this.#takenCursor = cursor;
    this.#spilled = true;
    this.unconfirmedSince = Number.POSITIVE_INFINITY;
  }

  /**
   * Tells first that something is missing, then goes on after `gap.to`.
   *
   * The stream stands one position before the gap's end until the gap is taken, so that an answer that is lost tells it
   * again; `cursor` is the place that the client named.
   */
  seekBehind(gap: Gap, cursor: string): void {
    this.seek(gap.to - 1, cursor);
    this.#readFrom = gap.to;
    this.#tell(gap);
  }

  /** Lets go of everything, when the session ends. */
  clear(): void {
    this.#queue.clear();
    this.#spilled = false;
  }

  #overflow(event: CometEvent): boolean {
    this.#host.counters.overflows += 1;
    const { overflow, queueLimit } = this.#host.limits;
    if (overflow === 'disconnect') return false;
    if (overflow === 'latest-per-subject') {
      this.#queue.replaceWaiting((waiting) => latestPerSubject([...waiting, event]));
      // A conflation that frees less than a quarter would soon be made again for every event.
      if (this.#queue.size <= (queueLimit * 3) / 4 && this.#queue.withinBytes) return true;
    }
    this.#spill();
    return true;
  }

  // What waits is forgotten, for the log has it; but a notice of what the log has not must stay.
  #spill(): void {
    const first = this.#queue.firstWaiting;
    const kept = first?.kind === 'gap' && first.reason !== 'conflated' ? [first] : [];
    this.#queue.replaceWaiting(() => kept);
    this.#readFrom = kept[0]?.to ?? this.#taken;
    this.#spilled = true;
  }

  #refill(): void {
    const { log } = this.#host;
    while (this.#spilled) {
      if (this.#readFrom < log.base) {
        if (!this.#hasRoom()) return;
        this.#tell(this.#missed('overflow', log.base));
        this.#readFrom = log.base;
      }
      const event = log.at(this.#readFrom + 1);
      if (event === undefined) this.#spilled = false;
      else if (!this.#owner.wants(event)) this.#readFrom += 1;
      else if (!this.#hasRoom(event)) return;
      else {
        this.#queue.push(event);
        this.#readFrom += 1;
      }
    }
  }

  #tell(gap: Gap): void {
    this.#queue.push(gap);
    this.#host.counters.gaps += 1;
    this.#owner.gapped(gap);
  }

  // An empty queue may always hold one item: a hub at its bounds must slow its readers down, not starve them.
  #hasRoom(item?: Item): boolean {
    return this.#queue.size === 0 || item === undefined || this.#queue.fits(item);
  }

  #missed(reason: GapReason, to: number): Gap {
    const from = this.#readFrom + 1;
    return { kind: 'gap', from, to, cursor: this.#host.log.cursorAt(to) ?? '', reason, count: undefined };
  }
}
