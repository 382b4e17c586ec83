import {
  type AnySubjects,
  type Client,
  type ClientError,
  type ClientOptions,
  type ClientState,
  createClient,
  type TransportName,
} from '@cometkit/client';

/** What a component sees of the connection. */
export interface Comet<Subjects> {
  /** `connecting` also on the server and before the page is alive. `closed` after a refusal: see `open`. */
  readonly state: ClientState;
  /** How events come; undefined until they do. */
  readonly transport: TransportName | undefined;
  /** Public id of the session; undefined until it is joined. */
  readonly id: string | undefined;
  /** What went wrong last; undefined again once the connection is open. */
  readonly error: ClientError | undefined;
  /** The shared client, to publish or to choose a transport; undefined on the server and before the page is alive. */
  readonly client: Client<Subjects> | undefined;
  /**
   * Opens the connection again after a refusal or a close, and asks again for every subscription that was refused: call it
   * after a login. Does nothing on the server.
   */
  readonly open: () => void;
}

/** How the clients of hooks are made. */
export interface HooksSettings {
  readonly url: string;
  readonly options: ClientOptions;
  /** @defaultValue `createClient` */
  readonly make: ((url: string, options: ClientOptions) => Client<AnySubjects>) | undefined;
}

/** A component that uses the client. */
export interface User {
  /** Asks again for what the server refused. */
  retry(): void;
}

// A client outlives its last user for a moment: StrictMode and navigation take components away and bring them back (milliseconds).
const lingerMs = 1000;
// A refused client is not opened more often than this by components that appear (milliseconds).
const openAgainMs = 1000;

/**
 * One client for all components that connect in the same way: opened by the first, closed a second after the last has gone.
 *
 * Its methods are bound, as `useSyncExternalStore` wants them; `snapshot` is another object after each change.
 */
export class SharedClient {
  readonly settings: HooksSettings;
  /** Counts the turns in which the client handed something over. A turn ends when all of it is with its subscriptions. */
  turn = 0;
  /** The client's cursor at the end of the last turn. */
  reached: string | undefined;
  readonly #nothing: Comet<unknown>;
  readonly #listeners = new Set<() => void>();
  readonly #users = new Set<User>();
  #client: Client<unknown> | undefined = undefined;
  #snapshot: Comet<unknown>;
  #closing: ReturnType<typeof setTimeout> | undefined = undefined;
  #opening: ReturnType<typeof setTimeout> | undefined = undefined;
  #openedAt = 0;
  // True while a closed client is opened by a component that appeared, and not by the application.
  #trying = false;

  constructor(settings: HooksSettings) {
    this.settings = settings;
    const { open } = this;
    this.#nothing = {
      state: 'connecting',
      transport: undefined,
      id: undefined,
      error: undefined,
      client: undefined,
      open,
    };
    this.#snapshot = this.#nothing;
  }

  readonly snapshot = (): Comet<unknown> => this.#snapshot;

  /** What the server rendered: a part of the page that comes alive late begins with the same. */
  readonly serverSnapshot = (): Comet<unknown> => this.#nothing;

  readonly subscribe = (listener: () => void): (() => void) => {
    const user = { retry: () => undefined };
    this.#listeners.add(listener);
    this.acquire(user, false);
    return () => {
      this.#listeners.delete(listener);
      this.release(user);
    };
  };

  readonly open = (): void => {
    if (this.#client?.state === 'closed') this.#reopen(false);
    for (const user of [...this.#users]) user.retry();
  };

  /**
   * Counts a user and gives the client, which is made or opened again if need be.
   *
   * @param wants - true for a user that wants events: for its sake a client that the server refused is opened again.
   */
  acquire(user: User, wants: boolean): Client<unknown> {
    clearTimeout(this.#closing);
    const client = this.#client ?? this.#make();
    const first = this.#users.size === 0;
    this.#users.add(user);
    if (client.state === 'closed' && (first || wants)) this.#tryAgain();
    return client;
  }

  /** Counts a user less. */
  release(user: User): void {
    this.#users.delete(user);
    if (this.#users.size === 0) this.#closing = setTimeout(() => this.#close(), lingerMs);
  }

  #make(): Client<unknown> {
    const { url, options, make = createClient } = this.settings;
    const client = make(url, options) as Client<unknown>;
    this.#client = client;
    this.#openedAt = performance.now();
    this.#show({ ...this.#nothing, client });
    client.on('state', (state) => this.#refresh(client, state === 'open' ? { error: undefined } : {}));
    client.on('transport', () => this.#refresh(client));
    client.on('reconnecting', (error) => {
      this.#trying = false;
      this.#refresh(client, { error });
    });
    client.on('error', (error) => {
      this.#refresh(client, { error });
      // A mistake of the application's own callback: thrown on, it reaches the page's `reportError` or the console.
      if (error.code === 'listener') throw error;
    });
    this.#countTurns(client);
    return client;
  }

  #refresh(client: Client<unknown>, more: Partial<Comet<unknown>> = {}): void {
    if (this.#client !== client) return;
    const { state, transport, id } = client;
    if (state !== 'connecting') this.#trying = false;
    this.#show({ ...this.#snapshot, state: this.#trying ? 'closed' : state, transport, id, ...more });
  }

  // The events of a turn come one after the other without a pause: behind them is a microtask.
  #countTurns(client: Client<unknown>): void {
    let counted = false;
    const count = (): void => {
      if (counted) return;
      counted = true;
      queueMicrotask(() => {
        counted = false;
        this.turn += 1;
        if (this.#client === client) this.reached = client.cursor;
      });
    };
    client.on('event', count);
    client.on('gap', count);
    client.on('state', count);
  }

  // What an application shows while it is refused may itself be a component that appears: the attempt is not shown before
  // it succeeds, so that nothing appears and disappears for ever.
  #tryAgain(): void {
    const waitMs = this.#openedAt + openAgainMs - performance.now();
    clearTimeout(this.#opening);
    if (waitMs <= 0) this.#reopen(true);
    else this.#opening = setTimeout(() => this.#client?.state === 'closed' && this.#reopen(true), waitMs);
  }

  #reopen(trying: boolean): void {
    clearTimeout(this.#opening);
    this.#openedAt = performance.now();
    this.#trying = trying;
    this.#client?.open();
  }

  #close(): void {
    clearTimeout(this.#opening);
    const client = this.#client;
    this.#client = undefined;
    this.reached = undefined;
    this.#show(this.#nothing);
    void client?.close();
  }

  #show(snapshot: Comet<unknown>): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}
