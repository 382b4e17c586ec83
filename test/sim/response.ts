import type { SimReceiver } from './network.ts';

/** As much of a fetch response as the client reads. */
export class SimResponse implements SimReceiver {
  readonly promise: Promise<unknown>;
  over: () => void = ignore;
  stop: () => void = ignore;
  #resolve!: (response: unknown) => void;
  #reject!: (error: Error) => void;
  #chunks: Uint8Array[] = [];
  #done = false;
  #failed: Error | undefined;
  #reader: { resolve(result: unknown): void; reject(error: Error): void } | undefined;

  constructor() {
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  head(status: number, headers: ReadonlyMap<string, string>): void {
    const reader = { read: () => this.#read(), cancel: () => this.#cancel() };
    const body = { getReader: () => reader };
    this.#resolve({
      status,
      ok: status >= 200 && status < 300,
      headers: { get: (name: string) => headers.get(name) ?? null },
      body,
    });
  }

  bytes(chunk: Uint8Array): void {
    if (this.#reader === undefined) this.#chunks.push(chunk);
    else this.#give({ done: false, value: chunk });
  }

  end(): void {
    this.#done = true;
    this.over();
    if (this.#reader !== undefined) this.#give({ done: true, value: undefined });
  }

  fail(reason: string): void {
    if (this.#done || this.#failed !== undefined) return;
    this.#failed = new TypeError(reason);
    this.over();
    this.#reject(this.#failed);
    this.#reader?.reject(this.#failed);
    this.#reader = undefined;
  }

  #give(result: unknown): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve(result);
  }

  #read(): Promise<unknown> {
    const value = this.#chunks.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#done) return Promise.resolve({ done: true, value: undefined });
    if (this.#failed !== undefined) return Promise.reject(this.#failed);
    return new Promise((resolve, reject) => {
      this.#reader = { resolve, reject };
    });
  }

  #cancel(): Promise<void> {
    this.stop();
    return Promise.resolve();
  }
}

function ignore(): undefined {
  return undefined;
}
