import { DeliveryGroup, type GroupHost, type GroupNeighbours, type GroupWriter } from './delivery-group.ts';
import type { PatternPart } from './pattern.ts';
import { isTorn, type Seat, seatsOf } from './seat.ts';
import type { Session } from './session.ts';
import type { SubjectIndex } from './subject-index.ts';
import type { Interest, Subscription } from './subscription.ts';

// A seat, and a group with its queue and its place in the index. In bytes, measured on 64-bit V8.
const seatBytes = 64;
const groupBytes = 800;

/** The delivery groups of a hub. A session is in one for each of its patterns, which takes its place in the subject index. */
export class Groups {
  readonly #host: GroupHost;
  readonly #index: SubjectIndex<Interest>;
  readonly #sets = new WeakMap<object, GroupSet<unknown>>();
  readonly #all = new Set<DeliveryGroup>();

  constructor(host: GroupHost, index: SubjectIndex<Interest>) {
    this.#host = host;
    this.#index = index;
  }

  all(): Iterable<DeliveryGroup> {
    return this.#all;
  }

  /** Puts a session into the groups of its patterns. @returns false when it must be served by itself for now. */
  join<S>(session: Session, writer: GroupWriter<S>, sink: S): boolean {
    if (!session.groupable || session.interests.alone) return false;
    const wants = new Map<string, Subscription>();
    for (const want of session.subscriptions) wants.set(`${want.matching} ${want.pattern}`, want);
    const set = this.#setOf(writer);
    if (!set.allLevel(wants.keys()) || !this.#hasRoom(session, set, wants)) return false;
    for (const want of session.subscriptions) this.#index.remove(want.parts, want);
    let first: Seat | undefined;
    const since = this.#host.log.tail;
    for (const [key, { parts }] of wants) {
      const group = set.of(key) ?? this.#open(set, key, parts, writer);
      const seat: Seat = { group, session, since, slot: 0, next: first };
      group.add(seat, sink, wants.size);
      first = seat;
    }
    session.seated(first);
    this.#host.memory.hold(session, wants.size * seatBytes);
    return true;
  }

  /** Frees the seats of a session and puts its subscriptions back into the index. */
  leave(session: Session, first: Seat): void {
    for (const want of session.subscriptions) this.#index.add(want.parts, want);
    const seats = seatsOf(first);
    for (const seat of seats) seat.group.remove(seat);
    this.#host.memory.hold(session, -seats.length * seatBytes);
  }

  // A group that nobody else would share is memory of the session.
  #hasRoom<S>(session: Session, set: GroupSet<S>, wants: ReadonlyMap<string, Subscription>): boolean {
    let bytes = 0;
    for (const [key, { parts }] of wants) {
      const [part] = parts;
      const shares = set.of(key) !== undefined || part === undefined || this.#index.crowd(part) > 1;
      bytes += seatBytes + (shares ? 0 : groupBytes);
    }
    session.interests.alone = !this.#host.memory.fits(session, bytes);
    return !session.interests.alone;
  }

  #setOf<S>(writer: GroupWriter<S>): GroupSet<S> {
    // Found by its writer, so it was made for it.
    const known = this.#sets.get(writer) as GroupSet<S> | undefined;
    if (known !== undefined) return known;
    const set = new GroupSet<S>((group) => this.#close(group));
    this.#sets.set(writer, set as GroupSet<unknown>);
    return set;
  }

  #open<S>(
    set: GroupSet<S>,
    key: string,
    parts: readonly PatternPart[],
    writer: GroupWriter<S>,
  ): DeliveryGroup<S> {
    const group = new DeliveryGroup<S>(this.#host, set, { writer, key, parts });
    set.add(group);
    this.#all.add(group as DeliveryGroup);
    this.#host.memory.share(groupBytes);
    this.#index.add(parts, group);
    return group;
  }

  #close(group: DeliveryGroup): void {
    this.#index.remove(group.parts, group);
    this.#all.delete(group);
    this.#host.memory.share(-groupBytes);
  }
}

/** The groups of one writer: a session that is in one of them is in no group of another. */
class GroupSet<S> implements GroupNeighbours<S> {
  readonly #byKey = new Map<string, DeliveryGroup<S>>();
  readonly #waiting = new Set<DeliveryGroup<S>>();
  readonly #onEmpty: (group: DeliveryGroup) => void;
  #parted = true;

  /** @param onEmpty - called when the last member of a group has left. */
  constructor(onEmpty: (group: DeliveryGroup) => void) {
    this.#onEmpty = onEmpty;
  }

  of(key: string): DeliveryGroup<S> | undefined {
    return this.#byKey.get(key);
  }

  /** Returns whether nothing waits in any group of these keys. */
  allLevel(keys: Iterable<string>): boolean {
    for (const key of keys) if (this.#byKey.get(key)?.level === false) return false;
    return true;
  }

  add(group: DeliveryGroup<S>): void {
    this.#byKey.set(group.key, group);
  }

  remove(group: DeliveryGroup<S>): void {
    this.#byKey.delete(group.key);
    this.#onEmpty(group as DeliveryGroup);
  }

  filled(group: DeliveryGroup<S>): void {
    this.#waiting.add(group);
    this.#parted = this.#waiting.size === 1;
  }

  emptied(group: DeliveryGroup<S>): void {
    this.#waiting.delete(group);
  }

  // The largest group can be skipped: a member that is also in another group is found there.
  part(): void {
    if (this.#parted) return;
    this.#parted = true;
    const [largest, ...others] = [...this.#waiting].sort((one, other) => other.size - one.size);
    if (largest === undefined) return;
    for (const group of others) {
      for (const { session } of group.seats) if (isTorn(session.sent.seat)) session.leaveGroups();
    }
  }
}
