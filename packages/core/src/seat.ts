import { type Item, positionOf } from './event.ts';
import type { Load } from './items.ts';

/** What a session needs of a delivery group that it is in. */
interface SeatGroup {
  /** True when its members have been given everything. */
  readonly level: boolean;
  /** The most that a member may have unacknowledged and waiting here. */
  readonly load: Load;
  /** When the last batch was delivered, in whole monotonic milliseconds. */
  readonly wroteAt: number;
  /** The newest item that a member was given. With `underWay` the batch being delivered counts, if it has reached the member. */
  lastGiven(seat: Seat, underWay: boolean): Item | undefined;
  /** The items that a member that must acknowledge was given after a position, oldest first. */
  given(seat: Seat, after: number): readonly Item[];
  /** The items that a member must still be given, oldest first. */
  waiting(seat: Seat): readonly Item[];
  /** When an item that is kept was delivered, in whole monotonic milliseconds. */
  deliveredAt(position: number): number;
  /** Keeps what is delivered from now on until one more member acknowledges it. */
  keep(): void;
  /** Undoes one {@link keep}. */
  release(): void;
  /** Called when a member has acknowledged something. */
  acked(): void;
  /** Frees a seat. */
  remove(seat: Seat): void;
}

/** What a delivery group needs of a session. */
export interface GroupMember {
  /** @internal How far it has come in the log. */
  readonly sent: {
    readonly seat: Seat | undefined;
    /** True while it must acknowledge what it is given. */
    readonly owes: boolean;
    readonly acked: number;
    /** Treats what it was given last as sent but not yet received. */
    linger(): void;
  };
  /** @internal True while no more than half the bounds of its queue are taken. */
  readonly roomy: boolean;
  /** A slot for the layer above. */
  context: unknown;
  /** Leaves its groups, and is served by itself with what it was not given yet. */
  leaveGroups(): void;
}

/** The place of one session in one delivery group. */
export interface Seat {
  readonly group: SeatGroup;
  readonly session: GroupMember;
  /** Position up to which it had been given everything when it came. */
  readonly since: number;
  /** Its number among the sinks. */
  slot: number;
  /** Its place in another group. */
  readonly next: Seat | undefined;
}

const none: readonly Item[] = [];

/** All seats of a session, from its first on. */
export function seatsOf(first: Seat | undefined): Seat[] {
  const seats: Seat[] = [];
  for (let seat = first; seat !== undefined; seat = seat.next) seats.push(seat);
  return seats;
}

/**
 * The newest item that the session of these seats was given by its groups.
 *
 * @param underWay - whether a batch being delivered counts, if it has reached the session.
 */
export function lastGiven(first: Seat | undefined, underWay = true): Item | undefined {
  let newest: Item | undefined;
  for (let seat = first; seat !== undefined; seat = seat.next) {
    const last = seat.group.lastGiven(seat, underWay);
    if (last !== undefined && (newest === undefined || positionOf(last) > positionOf(newest))) newest = last;
  }
  return newest;
}

/** The items that its groups have given it after a position, in log order, each once. */
export function givenAfter(first: Seat | undefined, position: number): readonly Item[] {
  let given = none;
  for (let seat = first; seat !== undefined; seat = seat.next)
    given = merged(given, seat.group.given(seat, position));
  return given;
}

/** The items that its groups must still give it, in log order, each once. */
export function waitingFor(first: Seat | undefined): readonly Item[] {
  let waiting = none;
  for (let seat = first; seat !== undefined; seat = seat.next)
    waiting = merged(waiting, seat.group.waiting(seat));
  return waiting;
}

/** The most that it may have unacknowledged and waiting in each of its groups. */
export function groupLoads(first: Seat | undefined): Load[] {
  return seatsOf(first).map(({ group }) => group.load);
}

/** Returns when its groups last gave it something, in whole monotonic milliseconds; 0 when they have not. */
export function lastWrite(first: Seat | undefined): number {
  let at = 0;
  for (let seat = first; seat !== undefined; seat = seat.next)
    if (seat.group.lastGiven(seat, true) !== undefined) at = Math.max(at, seat.group.wroteAt);
  return at;
}

/** True when more than one of its groups has something for it. */
export function isTorn(first: Seat | undefined): boolean {
  let count = 0;
  for (let seat = first; seat !== undefined; seat = seat.next) if (!seat.group.level) count += 1;
  return count > 1;
}

function merged(some: readonly Item[], others: readonly Item[]): readonly Item[] {
  if (some.length === 0) return others;
  if (others.length === 0) return some;
  const all = [...some, ...others].sort((one, other) => positionOf(one) - positionOf(other));
  return all.filter((item, index) => item !== all[index - 1]);
}
