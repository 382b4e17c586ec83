import type { HandlerRuntime } from './runtime.ts';

// How many commands one connection may bring before all others get their turn.
const maxCommands = 32;

/** How long the commands of all connections, or the writes, may take before everything else gets its turn. In milliseconds. */
export const sliceMs = 5;

/** Divides the work of a server among its connections, by turns of the event loop. */
export class Turns {
  readonly #runtime: Pick<HandlerRuntime, 'defer' | 'now'>;
  #number = 0;
  #armed = false;
  // When the first command of the present turn began; undefined before it.
  #since: number | undefined = undefined;
  // True once this turn was given to one who goes on in it by himself.
  #given = false;
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

  /**
   * Returns whether the commands of this turn have had their 5 ms, so that another has to wait for the {@link next}. To be asked before
   * each command.
   *
   * @remarks
   * To learn of the end of a turn takes another look for I/O, which is a tenth of a poll: until the first 5 ms are over, which may
   * have been several turns, nobody waits for it.
   */
  late(): boolean {
    const now = this.#runtime.now();
    if (this.#since !== undefined && now - this.#since >= sliceMs) {
      if (this.#armed) return true;
      this.#arm();
      this.#since = now;
    }
    this.#since ??= now;
    return false;
  }

  /**
   * Runs a task in the next turn, behind earlier ones, or in a later one: each takes 5 ms of them.
   *
   * @remarks
   * A task that throws ends the turn; the rest run in the next one.
   */
  next(task: () => void): void {
    this.#tasks.push(task);
    this.#arm();
  }

  /** Runs a task now, or in a later turn when the commands of this one have had their share. */
  admit(task: () => void): void {
    if (this.late()) this.next(task);
    else task();
  }

  /**
   * Waits for the next turn, if the commands of this one have had their share.
   *
   * @returns undefined when there is nothing to wait for.
   */
  pause(): Promise<void> | undefined {
    if (!this.late()) return undefined;
    return new Promise((resolve) =>
      this.next(() => {
        // What waits for a promise goes on when this turn's tasks are over: two of them would both have all of its time.
        this.#given = true;
        resolve();
      }),
    );
  }

  #arm(): void {
    if (this.#armed) return;
    this.#armed = true;
    this.#runtime.defer(() => this.#begin());
  }

  #begin(): void {
    this.#armed = this.#given = false;
    this.#number += 1;
    const tasks = this.#tasks;
    this.#tasks = [];
    this.#since = this.#runtime.now();
    let done = 0;
    try {
      do {
        done += 1;
        tasks[done - 1]?.();
      } while (done < tasks.length && !this.#given && this.#runtime.now() - this.#since < sliceMs);
    } finally {
      // A task that throws must not drop the ones behind it.
      if (done < tasks.length) this.#tasks = [...tasks.slice(done), ...this.#tasks];
      // What comes in now has a share of its own.
      if (!this.#given) this.#since = undefined;
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
  #waiting: (() => void)[] = [];

  /**
   * @param turns - shared by all connections of the server.
   * @param most - the number of commands in one turn, as long as those of all connections take no more than 5 ms.
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
    const number = this.#turns.current();
    if (number !== this.#turn) {
      this.#turn = number;
      this.#commands = 0;
    }
    const late = this.#turns.late();
    if (this.#commands >= this.#most || (this.#commands > 0 && late)) return false;
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
