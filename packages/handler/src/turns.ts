import type { HandlerRuntime } from './runtime.ts';

// What one connection may do before all others get their turn.
const maxCommands = 32;
const maxMs = 5;

/** Divides the work of a server among its connections, by turns of the event loop. */
export class Turns {
  readonly #runtime: Pick<HandlerRuntime, 'defer' | 'now'>;
  #number = 0;
  #armed = false;
  #tasks: (() => void)[] = [];

  /** @param runtime - the clock, and the end of a turn. */
  constructor(runtime: Pick<HandlerRuntime, 'defer' | 'now'>) {
    this.#runtime = runtime;
  }

  /** Returns the number of the present turn; it changes with each turn of the event loop. */
  current(): number {
    this.#arm();
    return this.#number;
  }

  /** The time in monotonic milliseconds. */
  get now(): number {
    return this.#runtime.now();
  }

  /**
   * Runs a task in the next turn, behind earlier ones.
   *
   * @remarks
   * A task that throws ends the turn; the rest run in the next one.
   */
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
      // A task that throws must not drop the ones behind it.
      this.#tasks.unshift(...tasks.slice(done + 1));
      if (this.#tasks.length > 0) this.#arm();
    }
  }
}

/** Counts what one connection has done in the present turn, and queues the rest for later turns. */
export class TurnShare {
  readonly #turns: Turns;
  readonly #most: number;
  #turn = -1;
  #commands = 0;
  #since = 0;
  #waiting: (() => void)[] = [];

  /**
   * @param turns - shared by all connections of the server.
   * @param most - the number of commands in one turn, as long as they take no more than 5 ms.
   */
  constructor(turns: Turns, most: number = maxCommands) {
    this.#turns = turns;
    this.#most = most;
  }

  /**
   * Counts a command.
   *
   * @returns false if it must wait for another turn, because enough commands ran or they took 5 ms.
   */
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

  /**
   * Runs a command now, or in a later turn behind those that already wait.
   *
   * @param command - must not throw.
   */
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
