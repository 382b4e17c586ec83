import type { Member } from './member.ts';

/** The members of a cohort and the sink of each, side by side, so that going through the sinks touches nothing else. */
export class Ranks<S> {
  // Slot by slot; empty where a member has left.
  #sinks: (S | undefined)[] = [];
  #members: (Member | undefined)[] = [];
  #size = 0;

  /** Members. */
  get size(): number {
    return this.#size;
  }

  /** Slots, the empty ones too. */
  get slots(): number {
    return this.#sinks.length;
  }

  /** Members in the order in which they came. */
  get members(): readonly Member[] {
    return this.#members.filter((member) => member !== undefined);
  }

  sinkAt(slot: number): S | undefined {
    return this.#sinks[slot];
  }

  memberAt(slot: number): Member | undefined {
    return this.#members[slot];
  }

  /** Gives a member the last slot. */
  add(member: Member, sink: S): void {
    member.slot = this.#sinks.length;
    this.#sinks.push(sink);
    this.#members.push(member);
    this.#size += 1;
  }

  /** Leaves the slot of a member empty. */
  remove({ slot }: Member): void {
    this.#sinks[slot] = undefined;
    this.#members[slot] = undefined;
    this.#size -= 1;
  }

  /** Closes the ranks, once the empty slots are the greater part. Not while somebody goes through them. */
  close(): void {
    if (this.#sinks.length <= 32 + this.#size * 2) return;
    const members = this.members;
    this.#sinks = this.#sinks.filter((sink) => sink !== undefined);
    this.#members = [...members];
    members.forEach((member, slot) => {
      member.slot = slot;
    });
  }
}
