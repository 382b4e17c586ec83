import type { HandlerRuntime } from './runtime.ts';

// What one connection may have done before all others have had their turn.
const maxCommands = 32;
const maxMs = 5;

/** Divides the work of a server among its connections, turn by turn of the event loop. */
export class Turns {
  readonly #runtime: Pick<HandlerRuntime, 'defer' | 'now'>;
  #number = 0;
  #armed = false;
  #tasks: (() => void)[] = [];

  /** @param runtime has the clock, and knows when a turn is over. */
  constructor(runtime: Pick<HandlerRuntime, 'defer' | 'now'>) {
    this.#runtime = runtime;
  }

  /** The number of the present turn; it is another one when the event loop has come round. */
  current(): number {
    this.#arm();
    return this.#number;
  }

  /** The time. Units: monotonic milliseconds. */
  get now(): number {
    return this.#runtime.now();
  }

  /** Runs a task in the next turn, behind those that came before. One that throws ends the turn; the rest goes on in the next. */
  next(task: () => void): void {
    this.#tasks.push(task);
    this.#arm();
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#runtime.defer(() => this.#begin());
  }

  #begin(): void {
    this.#armed = false;
    this.#number += 1;
    const tasks = this.#tasks;
    this.#tasks = [];
    let done = 0;
    try {
      for (; done < tasks.length; done += 1) tasks[done]?.();
    } finally {
      // One that throws does not take those behind it along.
      this.#tasks.unshift(...tasks.slice(done + 1));
      if (this.#tasks.length > 0) this.#arm();
    }
  }
}

/** What one connection has done in the present turn, and what of it waits for the next ones. */
export class TurnShare {
  readonly #turns: Turns;
  readonly #most: number;
  #turn = -1;
  #commands = 0;
  #since = 0;
  #waiting: (() => void)[] = [];

  /**
   * @param turns what all connections of the server share.
   * @param most - commands of one turn, if they take no more than 5 ms.
   */
  constructor(turns: Turns, most: number = maxCommands) {
    this.#turns = turns;
    this.#most = most;
  }

  /** Counts a command. @returns false when it has to wait for another turn: enough were carried out, or they took 5 ms. */
  take(): boolean {
    const { now } = this.#turns;
    const number = this.#turns.current();
    if (number !== this.#turn) {
      this.#turn = number;
      this.#commands = 0;
      this.#since = now;
    }
    if (this.#commands >= this.#most || (this.#commands > 0 && now - this.#since >= maxMs)) return false;
    this.#commands += 1;
    return true;
  }

  /** Runs a command at once, or in a later turn behind those that wait already. Errors: it must not throw. */
  run(command: () => void): void {
    if (this.#waiting.length === 0 && this.take()) command();
    else if (this.#waiting.push(command) === 1) this.#turns.next(() => this.#goOn());
  }

  #goOn(): void {
    let done = 0;
    try {
      for (let next = this.#waiting[0]; next !== undefined && this.take(); next = this.#waiting[done]) {
        done += 1;
        next();
      }
    } finally {
      this.#waiting.splice(0, done);
      if (this.#waiting.length > 0) this.#turns.next(() => this.#goOn());
    }
  }
}
