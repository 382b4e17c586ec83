import { checkOptions } from '@cometkit/core/check-options';
import { ClientError, type Failure } from './errors.ts';
import type { ClientItem } from './items.ts';
import { type SubscribeOptions, subscribeRules } from './options.ts';
import { Reading } from './reading.ts';
import type { SubscriptionOwner } from './subscription-owner.ts';

/**
 * A subscription: an endless list of items to iterate over, or to listen to.
 *
 * It survives reconnects, restarts of the server and changes of the transport by itself. What comes before somebody
 * iterates or listens is kept, up to a bound; then it goes to the listeners, or to the one iteration.
 */
export interface Subscription<Item> extends AsyncIterable<Item> {
  readonly pattern: string;
  readonly label: string | undefined;
  /** The server's id for it when it was confirmed; undefined until then. */
  readonly sid: string | undefined;
  /** Cursor of the place where it begins: later events are meant for it; undefined until it was confirmed. */
  readonly from: string | undefined;
  /**
   * Resolves once the server has confirmed it. Another promise after {@link Client.open}.
   *
   * @throws {ClientError} `refused`, or `closed` when it ended before.
   */
  readonly ready: Promise<void>;
  /** True once the server has confirmed the subscription; it stays true while the client reconnects. */
  readonly confirmed: boolean;
  /** True once it has ended, and while its client is closed. */
  readonly closed: boolean;
  /** Why it is closed, also when the server refused it at a reconnect; undefined while it is not. */
  readonly error: ClientError | undefined;
  /**
   * Calls back for each item.
   *
   * @param listener - an error that it throws is reported as `listener`.
   * @returns a function that removes the listener.
   */
  on(listener: (item: Item) => void): () => void;
  /**
   * Calls back whenever `confirmed`, `closed` or `error` may have changed.
   *
   * @returns what takes the listener away.
   */
  watch(listener: () => void): () => void;
  /** Ends it for good: nothing more is handed over, an iteration comes to its end. */
  unsubscribe(): void;
}

type Result = IteratorResult<ClientItem, undefined>;

/** The subscription as the client makes it. */
export class ClientSubscription implements Subscription<ClientItem>, AsyncIterator<ClientItem, undefined> {
  readonly pattern: string;
  readonly label: string | undefined;
  /** True once the application was given something that tells it of a refusal. */
  known = false;
  release?: () => void; // lets go of the signal that ends it
  sid: string | undefined = undefined;
  from: string | undefined = undefined;
  confirmed = false;
  closed = false;
  error: ClientError | undefined = undefined;
  readonly #options: SubscribeOptions;
  readonly #owner: SubscriptionOwner;
  readonly #reading: Reading;
  readonly #listeners = new Set<(item: ClientItem) => void>();
  readonly #watchers = new Set<() => void>();
  readonly #readers: [resolve: (result: Result) => void, reject: (error: ClientError) => void][] = [];
  #ready!: Promise<void>;
  #confirm!: () => void;
  #refuse!: (error: ClientError) => void;
  // The error that the next iteration throws.
  #untold: ClientError | undefined = undefined;
  #over = false;

  constructor(pattern: string, options: SubscribeOptions, owner: SubscriptionOwner) {
    if (typeof pattern !== 'string') throw new TypeError('subscribe: the pattern must be a string');
    checkOptions(options, subscribeRules);
    this.pattern = pattern;
    this.label = options.label;
    this.#options = { ...options };
    this.#owner = owner;
    this.#reading = new Reading(owner);
    this.#await();
  }

  /** @internal Keeps Vue from wrapping it in a proxy, which private members cannot be read through. */
  get __v_skip(): true {
    return true;
  }

  get ready(): Promise<void> {
    this.known = true;
    return this.#ready;
  }

  /** True while something waits to be read. */
  get behind(): boolean {
    return this.#reading.length > 0;
  }

  on(listener: (item: ClientItem) => void): () => void {
    this.#listeners.add(listener);
    while (!this.closed && this.#reading.length > 0 && this.#listeners.size > 0)
      this.take(this.#reading.shift());
    return () => this.#listeners.delete(listener);
  }

  watch(listener: () => void): () => void {
    this.known = true;
    this.#watchers.add(listener);
    return () => this.#watchers.delete(listener);
  }

  unsubscribe(): void {
    if (this.#over) return;
    this.#over = true;
    this.release?.();
    if (!this.closed) this.settle({ code: 'closed' });
    this.#owner.ended();
  }

  [Symbol.asyncIterator](): this {
    this.known = true;
    this.#reading.iterate();
    return this;
  }

  async next(): Promise<Result> {
    const value = this.#reading.shift();
    // A gap that stands for what there was no room for is left out where gaps are not asked for.
    if (value?.kind === 'gap' && !this.#options.gaps) return this.next();
    if (value !== undefined) return { done: false, value };
    const error = this.#untold;
    this.#untold = undefined;
    if (error) throw error;
    if (this.closed) return this.#finish();
    return new Promise((...reader) => this.#readers.push(reader));
  }

  async return(): Promise<Result> {
    this.unsubscribe();
    return { done: true, value: undefined };
  }

  /** Takes an item to hand over. */
  take(item: ClientItem | undefined): void {
    if (this.closed || !item) return;
    const { gaps, conflate } = this.#options;
    // What others want the newest of only, is not missing here.
    if (item.kind === 'gap' && !(gaps && (conflate || item.reason !== 'outdated'))) return;
    const reader = this.#readers.shift();
    reader?.[0]({ done: false, value: item });
    if (reader !== undefined) this.#reading.passed(item);
    for (const listener of this.#listeners) {
      if (!this.closed) this.#owner.guard(() => listener(item));
    }
    if (reader !== undefined || this.#listeners.size > 0) return;
    this.#reading.push(item);
  }

  /** Takes note that the server has confirmed it, or with a failure that it has ended. */
  settle(failure: Failure | undefined, sid?: string, from?: string): void {
    this.sid = sid ?? this.sid;
    this.from ??= from;
    this.confirmed = failure === undefined;
    if (failure === undefined) this.#confirm();
    else this.#close(new ClientError(failure));
    this.#tell();
  }

  /** Stands again, when its client was closed and is opened. */
  renew(): void {
    if (this.#over || !this.closed) return;
    this.closed = false;
    this.error = this.#untold = undefined;
    this.#await();
    this.#tell();
  }

  #await(): void {
    this.#ready = new Promise((...settle) => {
      [this.#confirm, this.#refuse] = settle;
    });
    // An application that does not wait for it learns of a refusal by the client's event `error`.
    this.#ready.catch(() => undefined);
  }

  #close(error: ClientError): void {
    this.closed = true;
    this.error = error;
    this.#reading.end();
    this.#refuse(error);
    const quiet = error.code === 'closed';
    const readers = this.#readers.splice(0);
    if (!quiet && readers.length === 0) this.#untold = error;
    for (const [resolve, reject] of readers)
      if (quiet) resolve(this.#finish());
      else reject(error);
  }

  // The end of an iteration ends the subscription, unless somebody listens too: opened again, it would keep items for nobody.
  #finish(): Result {
    if (this.error?.code === 'closed' && this.#listeners.size === 0) this.unsubscribe();
    return { done: true, value: undefined };
  }

  #tell(): void {
    for (const listener of this.#watchers) this.#owner.guard(listener);
  }
}
