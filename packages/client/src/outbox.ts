import PQueue from 'p-queue';

/**
 * The one door for control requests: they leave one after the other, so that with the data channel there are never more
 * than two connections.
 */
export class Outbox {
  readonly #queue = new PQueue({ concurrency: 1 });

  /** Sends when everything before has been answered or given up; what was given up before its turn is never sent. */
  add(send: () => Promise<void>, signal: AbortSignal): void {
    // It can only reject because it was given up, by the one who then knows.
    this.#queue.add(send, { signal }).catch(() => undefined);
  }
}
