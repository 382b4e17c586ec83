// Stands in for p-queue in the bundles for pages: as much of it as the client uses. The client keeps one control request
// under way at a time; intervals, priorities, time-outs and notices would be a fifth of the bundle and never run.
// test/client/outbox.test.ts holds both to the same behaviour.

/** A queue that runs one task at a time, in order; a task whose signal is aborted is over at once, or never begins. */
export default class PQueue {
  #last = Promise.resolve();

  /** Adds a task. @returns settles as the task does, or rejects with the reason of its signal. */
  add(task, { signal }) {
    const run = () =>
      new Promise((resolve, reject) => {
        signal.throwIfAborted();
        signal.addEventListener('abort', () => reject(signal.reason));
        task().then(resolve, reject);
      });
    const running = this.#last.then(run);
    this.#last = running.catch(() => undefined);
    return running;
  }
}
