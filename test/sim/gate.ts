import type { LineEnd } from './line.ts';
import type { World } from './world.ts';

/** Keeps the order of what comes to somebody who does not look for a while: a process that stands still, a computer that sleeps. */
export class Gate {
  readonly #world: World;
  readonly #closedUntil: () => number;
  #waiting: (() => void)[] = [];

  /** Units: `closedUntil` is a time of the world, asked each time. */
  constructor(world: World, closedUntil: () => number) {
    this.#world = world;
    this.#closedUntil = closedUntil;
  }

  /** Does a task now, or behind all others when the gate opens. */
  pass(task: () => void): void {
    if (this.#waiting.length === 0 && this.#closedUntil() <= this.#world.now) {
      task();
      return;
    }
    this.#waiting.push(task);
    if (this.#waiting.length === 1) this.#wait();
  }

  /** Forgets what waits: whoever it was for is gone. */
  drop(): void {
    this.#waiting = [];
  }

  #wait(): void {
    this.#world.at(this.#closedUntil() - this.#world.now, () => {
      if (this.#waiting.length > 0 && this.#closedUntil() > this.#world.now) {
        this.#wait();
        return;
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const task of waiting) task();
    });
  }
}

/** An end of a line behind a gate. */
export function gated(gate: Gate, end: LineEnd): LineEnd {
  return {
    bytes: (chunk) => gate.pass(() => end.bytes(chunk)),
    finished: () => gate.pass(() => end.finished()),
    broken: (reason) => gate.pass(() => end.broken(reason)),
  };
}
