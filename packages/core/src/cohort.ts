import { type CometEvent, type Item, positionOf } from './event.ts';
import { Given, type GivenBatch } from './given.ts';
import { totalBytes } from './items.ts';
import type { Member } from './member.ts';
import { Queue } from './queue.ts';
import { Ranks } from './ranks.ts';
import type { HubParts, SessionHost } from './session-host.ts';
import type { EventSink, Wakeable } from './subscription.ts';

/** How the items of a cohort are written. Only sessions whose sinks are written to in the same way stand together. */
export interface Joint<S> {
  /** Gives what is woken when items wait in a new cohort: it takes and delivers them soon, until none is left. */
  writer(cohort: Cohort<S>): Wakeable;
}

/** What a cohort asks of the hub that it lives in. */
export type CohortHost = HubParts & Pick<SessionHost<never>, 'report'>;

const none: readonly Item[] = [];

/**
 * Sessions that stand at one place of the log and want the same: one queue for all, one batch, and a sink for each.
 *
 * What a delivery costs beside its system call is the memory that it touches, and here that is the sink alone. Whoever
 * falls behind, or is asked for anything that only it can tell, leaves with all that it was not given.
 */
export class Cohort<S = unknown> {
  /** @internal What an index finds. */
  readonly owner: EventSink = this;
  /** @internal When something was delivered last. Units: whole monotonic milliseconds. */
  wroteAt = 0;
  readonly #host: CohortHost;
  readonly #queue: Queue;
  readonly #given: Given;
  readonly #ranks = new Ranks<S>();
  readonly #writer: Wakeable;
  readonly #onDeparture: (member: Member) => void;
  #offered = 0;
  #stirred = false;
  #overfull = false;
  // What is being delivered, and the first slot that was not given it yet.
  #batch = none;
  #next = 0;
  #delivering = false;

  /**
   * @internal
   * @param acknowledging whether all members do, or none.
   * @param onDeparture hears of each member that has left.
   */
  constructor(
    host: CohortHost,
    joint: Joint<S>,
    acknowledging: boolean,
    onDeparture: (member: Member) => void,
  ) {
    this.#host = host;
    this.#queue = new Queue(host.limits, host.budget);
    this.#given = new Given(host, acknowledging);
    this.#onDeparture = onDeparture;
    this.#writer = joint.writer(this);
  }

  /** Members. */
  get size(): number {
    return this.#ranks.size;
  }

  /** @internal True when whoever has everything stands where the members do. */
  get level(): boolean {
    return this.#queue.size === 0;
  }

  /** @internal */
  add(member: Member, sink: S): void {
    member.since = this.#given.count;
    this.#ranks.add(member, sink);
  }

  /** @internal Takes an event in. Beyond the bounds everybody is to leave: not now, for the index must not change while it is read. */
  offer(event: CometEvent): boolean {
    if (this.#offered === event.position) return false;
    this.#offered = event.position;
    if (!this.#queue.fits(event)) this.#overfull = true;
    this.#queue.push(event);
    if (!this.#given.hasRoom(this.#queue.size, this.#queue.bytes)) this.#overfull = true;
    const stirred = this.#stirred && !this.#overfull;
    this.#stirred = true;
    return !stirred;
  }

  /** @internal */
  wake(): void {
    try {
      if (this.#overfull) this.dissolve();
      else this.#writer.wake();
    } catch (error) {
      this.#host.report(error, 'the writer of a cohort');
      this.dissolve();
    }
  }

  /** Takes the next batch, which {@link deliver} is to follow. Shape: empty when nothing waits. */
  take(maxItems: number, maxBytes: number): readonly Item[] {
    if (this.#delivering) return none;
    // What was taken and not delivered is still to be.
    if (this.#batch !== none) return this.#batch;
    const items = this.#queue.take(maxItems, maxBytes);
    if (items.length === 0) this.#stirred = false;
    this.#batch = items.length === 0 ? none : items;
    return items;
  }

  /**
   * Has every sink given the batch.
   *
   * Shape: `peek` reads what `pass` is going to read, so that the processor fetches it for several sinks at the same time;
   * `pass` says whether the sink got rid of everything at once. Errors: what they throw, after everybody has left.
   */
  deliver(pass: (sink: S) => boolean, peek: (sink: S) => number): void {
    const last = this.#batch.at(-1);
    if (last === undefined || this.#delivering) return;
    this.#delivering = true;
    try {
      this.#ranks.each(peek, (sink, slot) => {
        this.#passed(pass(sink), slot);
        this.#next = slot + 1;
      });
      this.#delivered(last);
    } catch (error) {
      this.dissolve();
      throw error;
    } finally {
      this.#delivering = false;
    }
  }

  /** @internal What a member would leave with: items, and bytes of their events. */
  owedTo(member: Member): { readonly size: number; readonly bytes: number } {
    const unconfirmed = this.givenTo(member).flatMap(({ items }) => items);
    const items = [...unconfirmed, ...this.#queue.held(member.slot < this.#next)];
    return { size: items.length, bytes: totalBytes(items) };
  }

  /** @internal What a member was given since it came, oldest first; of one that does not acknowledge the last batch. */
  givenTo(member: Member): readonly GivenBatch[] {
    return [...this.#given.since(member.since), ...this.#underWay(member.slot < this.#next)];
  }

  /** @internal Lets a member stand on its own again. */
  release(member: Member): void {
    // Foreign code that one departure wakes may have made another leave already.
    if (this.#ranks.memberAt(member.slot) !== member) return;
    const passed = member.slot < this.#next;
    const given = this.givenTo(member);
    this.#ranks.remove(member);
    if (this.#batch === none) this.#ranks.close();
    this.#onDeparture(member);
    member.departed({ given, waiting: this.#queue.held(passed) });
    if (this.size === 0) this.#clear();
  }

  /** Lets all of them stand on their own again. */
  dissolve(): void {
    for (const member of this.#ranks.members) this.release(member);
  }

  // Nobody is left to be given anything.
  #clear(): void {
    this.#queue.clear();
    this.#given.clear();
    this.#batch = none;
    this.#next = 0;
    this.#overfull = this.#stirred = false;
  }

  #underWay(passed: boolean): readonly GivenBatch[] {
    const last = passed ? this.#batch.at(-1) : undefined;
    return last === undefined ? [] : [this.#given.batchOf(this.#batch, last, this.#host.now())];
  }

  #passed(atOnce: boolean, slot: number): void {
    const { length } = this.#batch;
    if (atOnce) this.#host.counters.taken += length;
    else this.#leaveBehind(slot, length);
  }

  #leaveBehind(slot: number, count: number): void {
    const member = this.#ranks.memberAt(slot);
    if (member === undefined) return;
    this.release(member);
    member.lagged(count);
  }

  #delivered(last: Item): void {
    const now = this.#host.now();
    this.#queue.confirm(positionOf(last));
    this.#given.add(this.#batch, last, now);
    this.wroteAt = Math.trunc(now);
    this.#batch = none;
    this.#next = 0;
    if (this.#given.full) this.dissolve();
    else this.#ranks.close();
  }
}
