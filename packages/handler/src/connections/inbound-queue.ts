import { isPromise } from '../authorize.ts';
import { after } from '../call.ts';
import { CommandQueue } from '../command-queue.ts';
import type { Outlet } from '../http.ts';
import { TurnShare, type Turns } from '../turns.ts';
import type { Resumable } from './connection.ts';

// How many messages may wait behind one that waits for a hook, or for the client to read.
const patience = 16;
const maxWaiting = 4096;
// How many bytes of answers may be unread before the next command starts.
const maxUnread = 262_144;
// How many messages of one connection run in one turn of the event loop. A message costs a tenth of a request.
const mostInTurn = 256;

/**
 * Queues the inbound messages of one connection: they run one after the other, no faster than the client reads their
 * answers, and a bounded number in one turn of the event loop.
 */
export class InboundQueue {
  readonly #outlet: Pick<Outlet, 'pendingBytes'>;
  readonly #queue: CommandQueue = new CommandQueue(maxWaiting);
  readonly #share: TurnShare;
  #waiting = 0;
  #whenRead: (() => void) | undefined = undefined;
  #source: Resumable | undefined = undefined;

  /**
   * @param outlet - knows how much the client has not read.
   * @param turns - shared by all connections of the server, so that a connection that sends thousands of messages at
   *   once leaves turns to others.
   */
  constructor(outlet: Pick<Outlet, 'pendingBytes'>, turns: Turns) {
    this.#outlet = outlet;
    this.#share = new TurnShare(turns, mostInTurn);
  }

  /** True while a message runs or waits. */
  get busy(): boolean {
    return this.#waiting > 0;
  }

  /**
   * Runs a message in its turn.
   *
   * @param carryOut - must not throw.
   * @param done - called after it.
   * @returns false if enough messages are waiting.
   * @throws {CometError} `too-busy` — thousands of messages wait, because the client ignored back-pressure.
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

  /** Called when the client has read everything, or is gone. */
  read(): void {
    const resume = this.#whenRead;
    this.#whenRead = undefined;
    resume?.();
  }

  // A client that sends commands and does not read gets no more answers until it does.
  #room(): undefined | Promise<void> {
    if (this.#outlet.pendingBytes <= maxUnread)
      return this.#share.take() ? undefined : new Promise((resolve) => this.#share.run(resolve));
    return new Promise((resolve) => {
      this.#whenRead = resolve;
    });
  }
}
