interface Life {
  /** When a node first came to it, and when an event was last accepted in it, in Unix milliseconds. */
  begun: number;
  accepted: number;
  /** The lives that nodes went on to from here. */
  readonly next: Set<string>;
}

/**
 * The lives of a log, as nodes tell them. An engine that is replaced while nodes are cut off can have two lives at the same time:
 * neither of them is before the other then.
 */
export class Lives {
  readonly #lives = new Map<string, Life>();
  readonly #later = new Map<string, Set<string>>();

  /** @param from - the life that the node was in until now; undefined when it has just started. */
  begin(epoch: string, from: string | undefined, at: number): void {
    const life = this.#life(epoch);
    life.begun = Math.min(life.begun, at);
    if (from !== undefined) this.#life(from).next.add(epoch);
    this.#later.clear();
  }

  accept(epoch: string, at: number): void {
    const life = this.#life(epoch);
    life.accepted = Math.max(life.accepted, at);
  }

  /** Returns whether all of one life comes before all of the other: a node has gone from it to the other, or it was over. */
  isBefore(one: string, other: string): boolean {
    if (one === other) return false;
    return this.#laterThan(one).has(other) || this.#life(one).accepted < this.#life(other).begun;
  }

  #life(epoch: string): Life {
    const known = this.#lives.get(epoch);
    if (known !== undefined) return known;
    const life: Life = { begun: Number.POSITIVE_INFINITY, accepted: 0, next: new Set() };
    this.#lives.set(epoch, life);
    return life;
  }

  #laterThan(epoch: string): ReadonlySet<string> {
    const known = this.#later.get(epoch);
    if (known !== undefined) return known;
    const later = new Set<string>();
    const open = [epoch];
    for (let at = open.pop(); at !== undefined; at = open.pop())
      for (const next of this.#life(at).next) {
        if (!later.has(next)) open.push(next);
        later.add(next);
      }
    this.#later.set(epoch, later);
    return later;
  }
}
