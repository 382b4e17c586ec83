import type { CometEvent, Publication } from './event.ts';

/** A promise that is made only for who asks for it, so that a failure that nobody waits for is no unhandled rejection. */
export class Pending<T> {
  #value: T | undefined = undefined;
  #error: Error | undefined = undefined;
  #promise: Promise<T> | undefined = undefined;
  #settle: { readonly resolve: (value: T) => void; readonly reject: (error: Error) => void } | undefined;

  get value(): T | undefined {
    return this.#value;
  }

  wait(): Promise<T> {
    this.#promise ??= new Promise<T>((resolve, reject) => {
      if (this.#value !== undefined) resolve(this.#value);
      else if (this.#error !== undefined) reject(this.#error);
      else this.#settle = { resolve, reject };
    });
    return this.#promise;
  }

  resolve(value: T): void {
    this.#value = value;
    this.#settle?.resolve(value);
  }

  reject(error: Error): void {
    this.#error = error;
    this.#settle?.reject(error);
  }
}

/** An event on its way to the log of a cluster. */
export class PendingPublication implements Publication {
  readonly #pending: Pending<CometEvent>;

  constructor(pending: Pending<CometEvent>) {
    this.#pending = pending;
  }

  get event(): CometEvent | undefined {
    return this.#pending.value;
  }

  accepted(): Promise<CometEvent> {
    return this.#pending.wait();
  }
}
