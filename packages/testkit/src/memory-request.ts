import type { CloseWatcher, HttpRequest, RequestBody } from '@cometkit/handler';

/** What a request of a test consists of; all of it may be left out. */
export interface MemoryRequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | RequestBody;
  readonly address?: string;
  readonly secure?: boolean;
  /** @defaultValue a connection of its own */
  readonly connection?: object;
}

/** A request that is no more than values, and a connection that a test can cut. */
export class MemoryRequest implements HttpRequest<undefined> {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly address: string;
  readonly secure: boolean;
  readonly native = undefined;
  readonly connection: object;
  readonly #headers: ReadonlyMap<string, string>;
  readonly #body: string | RequestBody;
  #watchers: CloseWatcher[] = [];
  #complete: boolean | undefined = undefined;

  constructor(options: MemoryRequestOptions = {}) {
    this.method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
    this.path = options.path ?? '/push';
    this.query = options.query ?? '';
    this.address = options.address ?? '192.0.2.1';
    this.secure = options.secure ?? false;
    this.connection = options.connection ?? {};
    this.#headers = new Map(
      Object.entries(options.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    this.#body = options.body ?? '';
  }

  header(name: string): string | undefined {
    return this.#headers.get(name.toLowerCase());
  }

  readBody(): Promise<RequestBody> {
    return Promise.resolve(typeof this.#body === 'string' ? { kind: 'text', text: this.#body } : this.#body);
  }

  watch(watcher: CloseWatcher): void {
    if (this.#complete === undefined) this.#watchers.push(watcher);
    else watcher.closed(this.#complete);
  }

  /** The whole answer has left. */
  finish(): void {
    this.#close(true);
  }

  /** The connection broke before the answer was out. */
  abort(): void {
    this.#close(false);
  }

  #close(complete: boolean): void {
    if (this.#complete !== undefined) return;
    this.#complete = complete;
    for (const watcher of this.#watchers.splice(0)) watcher.closed(complete);
  }
}
