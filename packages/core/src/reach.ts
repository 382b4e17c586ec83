import { parseCursor } from './cursor.ts';
import type { LogEnd, LogSource } from './engine-port.ts';
import type { TailLog } from './tail-log.ts';

// No life has this name.
const nowhere: LogEnd = { epoch: '', position: 0 };

interface Waiter {
  readonly test: () => boolean;
  /** In monotonic milliseconds. */
  readonly until: number;
  readonly done: (came: boolean) => void;
}

/** Lets requests wait until this node has read the log up to the cursors that they bring. */
export class Reach {
  readonly #log: TailLog;
  readonly #source: Pick<LogSource, 'end'>;
  #waiters: Waiter[] = [];
  #asking: Promise<LogEnd> = Promise.resolve(nowhere);
  #next: Promise<LogEnd> | undefined = undefined;

  constructor(log: TailLog, source: Pick<LogSource, 'end'>) {
    this.#log = log;
    this.#source = source;
  }

  /** @see HubCluster.reach. `until` is in monotonic milliseconds. */
  async to(cursor: string, until: number): Promise<boolean> {
    for (let found = this.#check(cursor); isAway(found); found = this.#check(cursor)) {
      const { epoch } = this.#log;
      // A life that is not known here may begin this moment. Whoever goes back to the last one gets it twice.
      if (found === 'epoch' && (await this.#isPresent())) return true;
      const test = () => this.#log.epoch !== epoch || !isAway(this.#check(cursor));
      if (!test() && !(await new Promise((done) => this.#waiters.push({ test, until, done })))) return false;
    }
    return true;
  }

  /** @see HubCluster.present. `until` is in monotonic milliseconds. */
  async present(until: number): Promise<boolean> {
    for (;;) {
      const { epoch } = this.#log;
      const end = await this.#end();
      const has = () => this.#log.epoch === end.epoch && this.#log.tail >= end.position;
      const test = () => this.#log.epoch !== epoch || has();
      if (!test() && !(await new Promise((done) => this.#waiters.push({ test, until, done })))) return false;
      // Asked once more, a log to which much is published would always be further on.
      if (has()) return true;
    }
  }

  /** The tail has moved. */
  moved(): void {
    if (this.#waiters.length > 0) this.#release(({ test }) => test(), true);
  }

  /** Ends waiting that is in vain. `now` is in monotonic milliseconds; Infinity ends all. */
  expire(now: number): void {
    this.#release(({ until }) => until <= now, false);
  }

  #check(text: string): string {
    const cursor = parseCursor(text);
    return cursor === undefined ? 'fork' : this.#log.check(cursor);
  }

  // Whether this node reads the present life: then all others that anybody has seen are over.
  async #isPresent(): Promise<boolean> {
    return (await this.#end()).epoch === this.#log.epoch;
  }

  // Many ask at once after an accident. An answer that was under way already may be too old.
  #end(): Promise<LogEnd> {
    this.#next ??= this.#asking.then(() => {
      this.#next = undefined;
      // Of an engine that is away nobody knows.
      this.#asking = this.#source.end().catch(() => nowhere);
      return this.#asking;
    });
    return this.#next;
  }

  #release(test: (waiter: Waiter) => boolean, came: boolean): void {
    const over = this.#waiters.filter(test);
    if (over.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !over.includes(waiter));
    for (const { done } of over) done(came);
  }
}

function isAway(found: string): boolean {
  return found === 'ahead' || found === 'epoch';
}
