import type { Member } from './member.ts';

// Visited one after the other, once all of them were looked at.
const together = 16;

/** The members of a cohort and the sink of each, side by side, so that going through the sinks touches nothing else. */
export class Ranks<S> {
  // Slot by slot; empty where a member has left.
  #sinks: (S | undefined)[] = [];
  #members: (Member | undefined)[] = [];
  #size = 0;
  #seen = 0;

  /** Members. */
  get size(): number {
    return this.#size;
  }

  /** Members in the order in which they came. */
  get members(): Member[] {
    return this.#members.filter((member) => member !== undefined);
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

  /** Visits every sink that is there from now until its turn, some time after `peek` has read what the visit will. */
  each(peek: (sink: S) => number, visit: (sink: S, slot: number) => void): void {
    const end = this.#sinks.length;
    for (let start = 0; start < end; start += together) {
      const stop = Math.min(start + together, end);
      for (let slot = start; slot < stop; slot += 1) {
        const sink = this.#sinks[slot];
        // Kept, or the compiler would leave out what nobody needs.
        if (sink !== undefined) this.#seen ^= peek(sink);
      }
      for (let slot = start; slot < stop; slot += 1) {
        const sink = this.#sinks[slot];
        if (sink !== undefined) visit(sink, slot);
      }
    }
  }

  /** Closes the ranks, once the empty slots are the greater part. Not while somebody goes through them. */
  close(): void {
    if (this.#sinks.length <= 32 + this.#size * 2) return;
    const members = this.members;
    this.#sinks = this.#sinks.filter((sink) => sink !== undefined);
    this.#members = members;
    members.forEach((member, slot) => {
      member.slot = slot;
    });
  }
}
