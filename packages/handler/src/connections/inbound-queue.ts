import { isPromise } from '../authorize.ts';
import { after } from '../call.ts';
import { CommandQueue } from '../command-queue.ts';
import type { Outlet } from '../http.ts';
import { TurnShare, type Turns } from '../turns.ts';
import type { Resumable } from './connection.ts';

// Messages that wait behind one that waits for a hook, or for the client to read.
const patience = 16;
const maxWaiting = 4096;
// Answers of this size may wait to be read before the next command is looked at. Units: bytes.
const maxUnread = 262_144;
// Messages of one connection in one turn of the event loop. They cost a tenth of what a request does. Units: messages.
const mostInTurn = 256;

/** The messages of one connection on their way in: one after the other, no faster than their answers are read, and a bounded part of them in one turn. */
export class InboundQueue {
  readonly #outlet: Pick<Outlet, 'pendingBytes'>;
  readonly #queue: CommandQueue = new CommandQueue(maxWaiting);
  readonly #share: TurnShare;
  #waiting = 0;
  #whenRead: (() => void) | undefined = undefined;
  #source: Resumable | undefined = undefined;

  /**
   * @param outlet knows how much was written that the client has not read.
   * @param turns what all connections of the server share: one that brings thousands of messages at once leaves turns to others.
   */
  constructor(outlet: Pick<Outlet, 'pendingBytes'>, turns: Turns) {
    this.#outlet = outlet;
    this.#share = new TurnShare(turns, mostInTurn);
  }

  /** True while a message is carried out or waits for its turn. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Has a message carried out in its turn; `done` is called behind it.
   *
   * Shape: false when enough wait. Errors: `carryOut` must not throw.
   * @throws CometError `too-busy` — thousands wait: somebody sends on against all advice.
   */
  take(carryOut: () => void | Promise<void>, done: () => void): boolean {
    const settle = () => {
      const full = this.#waiting >= patience;
      this.#waiting -= 1;
      done();
      if (full && this.#waiting < patience) this.#source?.resume();
    };
    this.#waiting += 1;
    const carried = this.#queue.run(() => after(this.#room(), carryOut));
    if (isPromise(carried)) void carried.then(settle, settle);
    else settle();
    return this.#waiting < patience;
  }

  comesFrom(source: Resumable): void {
    this.#source = source;
  }

  /** Says that the client has read everything, or is gone. */
  read(): void {
    const resume = this.#whenRead;
    this.#whenRead = undefined;
    resume?.();
  }

  // A client that asks and does not read is not answered for ever.
  #room(): undefined | Promise<void> {
    if (this.#outlet.pendingBytes <= maxUnread)
      return this.#share.take() ? undefined : new Promise((resolve) => this.#share.run(resolve));
    return new Promise((resolve) => {
      this.#whenRead = resolve;
    });
  }
}
