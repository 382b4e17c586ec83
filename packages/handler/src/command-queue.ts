import { CometError } from '@cometkit/core';
import PQueue from 'p-queue';
import { isPromise } from './authorize.ts';

/**
 * Runs the commands of one session one after the other while any of them waits for user code.
 *
 * @remarks
 * While nothing waits, a command runs synchronously and no queue exists. The queue keeps an `unsubscribe` from
 * overtaking a `subscribe` whose hook is slow.
 */
export class CommandQueue {
  readonly #limit: number;
  #queue: PQueue | undefined = undefined;

  /** @param limit - the number of commands that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /**
   * Runs a command in its turn.
   *
   * @throws {CometError} `too-busy` — too many commands are waiting.
   */
  run<T>(command: () => T | Promise<T>): T | Promise<T> {
    const queue = this.#queue;
    if (queue !== undefined && queue.size + queue.pending > 0) {
      if (queue.size >= this.#limit) {
        const details = { limit: this.#limit, option: 'maxPendingCommands' };
        throw new CometError('too-busy', 'too many commands of this session wait', details);
      }
      return queue.add(async () => command());
    }
    const result = command();
    if (!isPromise(result)) return result;
    this.#queue ??= new PQueue({ concurrency: 1 });
    return this.#queue.add(() => result);
  }
}
