interface Entry {
  readonly at: number;
  readonly order: number;
  task: (() => void) | undefined;
}

/** Virtual time: a heap of tasks, run in order of time and then of their making. Units: milliseconds from 0. */
export class World {
  now = 0;
  #order = 0;
  readonly #heap: Entry[] = [];
  /** Is told what happens, when a run is looked at closely. */
  log: ((line: string) => void) | undefined;
  /** Whether something outside of this time is still under way: an instant ends after it. */
  busy: () => boolean = () => false;
  /** The first failure of a task. A run that has one has failed. */
  failure: unknown;

  /** Runs a task later. @returns call the result to cancel. */
  at(delayMs: number, task: () => void): () => void {
    this.#order += 1;
    const entry: Entry = { at: this.now + Math.max(0, delayMs), order: this.#order, task };
    this.#push(entry);
    return () => {
      entry.task = undefined;
    };
  }

  /** Runs everything up to a time, and lets promises settle after each instant. */
  async run(until: number): Promise<void> {
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > until || this.failure !== undefined) break;
      this.now = next.at;
      this.#instant();
      do await settled();
      while (this.busy());
    }
    this.now = Math.max(this.now, until);
  }

  #instant(): void {
    for (let next = this.#heap[0]; next !== undefined && next.at <= this.now; next = this.#heap[0]) {
      this.#pop();
      try {
        next.task?.();
      } catch (error) {
        this.failure ??= error;
      }
    }
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    heap.push(entry);
    let child = heap.length - 1;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !before(entry, above)) break;
      heap[child] = above;
      child = parent;
    }
    heap[child] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let parent = 0;
    for (;;) {
      const left = parent * 2 + 1;
      const right = left + 1;
      const small = pickSmaller(heap, left, right);
      const entry = heap[small];
      if (entry === undefined || !before(entry, last)) break;
      heap[parent] = entry;
      parent = small;
    }
    heap[parent] = last;
  }
}

function pickSmaller(heap: readonly Entry[], left: number, right: number): number {
  const first = heap[left];
  const second = heap[right];
  return first !== undefined && second !== undefined && before(second, first) ? right : left;
}

function before(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

// A macrotask of the real loop comes after every microtask: whatever was promised within this instant has happened.
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
