import {
  type Client,
  type ClientError,
  type ClientOptions,
  type ClientState,
  createClient,
  type TransportName,
} from '@cometkit/client';

/** What a component sees of the connection. */
export interface Comet<Subjects> {
  /** `connecting` also on the server and before the page is alive. */
  readonly state: ClientState;
  /** How events come; undefined until they do. */
  readonly transport: TransportName | undefined;
  /** Public id of the session; undefined until it is joined. */
  readonly id: string | undefined;
  /** What went wrong last; undefined again once the connection is open. */
  readonly error: ClientError | undefined;
  /** The shared client, to publish or to choose a transport; undefined on the server and before the page is alive. */
  readonly client: Client<Subjects> | undefined;
}

// A client outlives its last user for a moment: StrictMode and navigation take components away and bring them back.
const lingerMs = 1000;
const nothing: Comet<unknown> = {
  state: 'connecting',
  transport: undefined,
  id: undefined,
  error: undefined,
  client: undefined,
};

/**
 * One client for all components that use a URL: opened by the first, closed a second after the last has gone.
 *
 * Shape: its methods are bound, as `useSyncExternalStore` wants them; `snapshot` is another object after each change.
 */
export class SharedClient {
  readonly #url: string;
  readonly #options: ClientOptions;
  readonly #listeners = new Set<() => void>();
  #client: Client<unknown> | undefined = undefined;
  #snapshot: Comet<unknown> = nothing;
  #users = 0;
  #closing: ReturnType<typeof setTimeout> | undefined = undefined;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
  }

  readonly snapshot = (): Comet<unknown> => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    this.acquire();
    return () => {
      this.#listeners.delete(listener);
      this.release();
    };
  };

  /** Counts a user and gives the client, which is opened if need be. */
  acquire(): Client<unknown> {
    clearTimeout(this.#closing);
    this.#users += 1;
    return this.#client ?? this.#open();
  }

  /** Counts a user less. */
  release(): void {
    this.#users -= 1;
    if (this.#users === 0) this.#closing = setTimeout(() => this.#close(), lingerMs);
  }

  #open(): Client<unknown> {
    const client = createClient<unknown>(this.#url, this.#options);
    this.#client = client;
    this.#show({ ...nothing, client });
    const refresh = (more: Partial<Comet<unknown>> = {}): void => {
      const { state, transport, id } = client;
      if (this.#client === client) this.#show({ ...this.#snapshot, state, transport, id, ...more });
    };
    client.on('state', (state) => refresh(state === 'open' ? { error: undefined } : {}));
    client.on('transport', () => refresh());
    client.on('reconnecting', (error) => refresh({ error }));
    client.on('error', (error) => refresh({ error }));
    return client;
  }

  #close(): void {
    const client = this.#client;
    this.#client = undefined;
    this.#show(nothing);
    void client?.close();
  }

  #show(snapshot: Comet<unknown>): void {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) listener();
  }
}

const key = Symbol.for('@cometkit/react/clients@1');

/**
 * The shared client of a URL.
 *
 * Shape: kept on `globalThis`, so that code which was replaced while the page runs finds it again. The options of the
 * first call for a URL count.
 */
export function sharedClient(url: string, options: ClientOptions): SharedClient {
  const place = globalThis as { [key]?: Map<string, SharedClient> };
  place[key] ??= new Map();
  const found = place[key].get(url);
  if (found !== undefined) return found;
  const made = new SharedClient(url, options);
  place[key].set(url, made);
  return made;
}
