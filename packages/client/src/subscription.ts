import type { Gap } from '@cometkit/core';
import { ClientError, type Failure } from './errors.ts';
import { Inbox } from './inbox.ts';
import type { ClientItem } from './items.ts';

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
  /** Resolves once the server has confirmed it. Errors: ClientError `refused`, or `closed` when it ended before. */
  readonly ready: Promise<void>;
  /** True once it has ended. */
  readonly closed: boolean;
  /** Calls back for each item. Shape: gives what takes the listener away; an error that it throws is reported. */
  on(listener: (item: Item) => void): () => void;
  /** Ends it: nothing more is handed over, an iteration comes to its end. */
  unsubscribe(): void;
}

/** What a subscription asks of its client. */
export interface SubscriptionOwner {
  readonly queueLimit: number;
  ended(): void;
  lost(gap: Gap): void;
  /** Runs a callback of the application and reports what it throws. */
  guard(run: () => void): void;
}

type Result = IteratorResult<ClientItem, undefined>;

/** The subscription as the client makes it. */
export class ClientSubscription implements Subscription<ClientItem>, AsyncIterator<ClientItem, undefined> {
  readonly pattern: string;
  readonly label: string | undefined;
  readonly ready: Promise<void>;
  sid: string | undefined = undefined;
  closed = false;
  readonly #gaps: boolean;
  readonly #owner: SubscriptionOwner;
  readonly #inbox: Inbox;
  readonly #listeners = new Set<(item: ClientItem) => void>();
  readonly #readers: [resolve: (result: Result) => void, reject: (error: ClientError) => void][] = [];
  #confirm!: () => void;
  #refuse!: (error: ClientError) => void;
  #error: ClientError | undefined = undefined;

  constructor(
    pattern: string,
    options: { readonly label?: string | undefined; readonly gaps?: boolean | undefined },
    owner: SubscriptionOwner,
  ) {
    this.pattern = pattern;
    this.label = options.label;
    this.#gaps = options.gaps === true;
    this.#owner = owner;
    this.#inbox = new Inbox(owner.queueLimit);
    this.ready = new Promise((resolve, reject) => {
      this.#confirm = resolve;
      this.#refuse = reject;
    });
    // Whoever does not wait for it is told by the client's event `error`.
    this.ready.catch(() => undefined);
  }

  on(listener: (item: ClientItem) => void): () => void {
    this.#listeners.add(listener);
    for (let item = this.#inbox.shift(); item !== undefined; item = this.#inbox.shift()) this.take(item);
    return () => this.#listeners.delete(listener);
  }

  unsubscribe(): void {
    if (this.closed) return;
    this.settle({ code: 'closed' });
    this.#owner.ended();
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async next(): Promise<Result> {
    const value = this.#inbox.shift();
    // A gap that stands for what there was no room for is left out where gaps are not asked for.
    if (value?.kind === 'gap' && !this.#gaps) return this.next();
    if (value !== undefined) return { done: false, value };
    const error = this.#error;
    this.#error = undefined;
    if (error !== undefined) throw error;
    if (this.closed) return { done: true, value: undefined };
    return new Promise((...reader) => this.#readers.push(reader));
  }

  async return(): Promise<Result> {
    this.unsubscribe();
    return { done: true, value: undefined };
  }

  /** Takes an item to hand over. */
  take(item: ClientItem): void {
    if (this.closed || (item.kind === 'gap' && !this.#gaps)) return;
    const reader = this.#readers.shift();
    reader?.[0]({ done: false, value: item });
    for (const listener of this.#listeners) this.#owner.guard(() => listener(item));
    if (reader !== undefined || this.#listeners.size > 0) return;
    const gap = this.#inbox.push(item);
    if (gap !== undefined) this.#owner.lost(gap);
  }

  /** Takes note that the server has confirmed it, or with a failure that it has ended. */
  settle(failure: Failure | undefined, sid?: string): void {
    this.sid = sid ?? this.sid;
    if (failure === undefined) {
      this.#confirm();
      return;
    }
    this.closed = true;
    const error = new ClientError(failure);
    this.#refuse(error);
    const quiet = failure.code === 'closed';
    if (!quiet && this.#readers.length === 0) this.#error = error;
    for (const [resolve, reject] of this.#readers.splice(0)) {
      if (quiet) resolve({ done: true, value: undefined });
      else reject(error);
    }
  }
}
