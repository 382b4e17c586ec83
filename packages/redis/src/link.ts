import type { Connection } from './connection.ts';

/** How long a connection that failed is left alone: doubled up to `most`, with some randomness. In milliseconds. */
export interface Patience {
  readonly least: number;
  readonly most: number;
}

/** Keeps one connection: who needs it gets the one that is there, or waits for the next. */
export class Link {
  readonly #open: () => Promise<Connection>;
  readonly #patience: Patience;
  readonly #onFailure: (error: unknown) => void;
  #connection: Connection | undefined;
  #opening: Promise<Connection> | undefined;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;
  #giveUp: (() => void) | undefined;
  #stopped = false;

  constructor(
    open: () => Promise<Connection>,
    patience: Patience,
    onFailure: (error: unknown) => void = () => undefined,
  ) {
    this.#open = open;
    this.#patience = patience;
    this.#onFailure = onFailure;
  }

  /**
   * The connection. A new one is opened where there is none, after a pause if the last one failed.
   *
   * @throws {Error} — it could not be opened.
   */
  get(): Promise<Connection> {
    if (this.#stopped) return Promise.reject(new Error('the cluster has stopped'));
    if (this.#connection?.usable) return Promise.resolve(this.#connection);
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  /** Ends the connection that is there, so that the next one is new. */
  drop(): void {
    this.#connection?.destroy();
    this.#connection = undefined;
  }

  /** Ends it for good. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#giveUp?.();
    this.drop();
  }

  async #reopen(): Promise<Connection> {
    this.drop();
    await this.#pause();
    try {
      const connection = await this.#open();
      if (this.#stopped) {
        connection.destroy();
        throw new Error('the cluster has stopped');
      }
      this.#failures = 0;
      this.#connection = connection;
      return connection;
    } catch (error) {
      this.#failures += 1;
      if (!this.#stopped) this.#onFailure(error);
      throw error;
    }
  }

  #pause(): Promise<void> {
    if (this.#failures === 0 || this.#stopped) return Promise.resolve();
    const { least, most } = this.#patience;
    const wait = Math.min(least * 2 ** (this.#failures - 1), most) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      this.#giveUp = resolve;
      this.#timer = setTimeout(resolve, wait);
    });
  }
}
