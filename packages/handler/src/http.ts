/** Gets notified when an exchange is over. */
export interface CloseWatcher {
  /**
   * Called when the exchange has ended.
   *
   * @param complete - whether the whole response was handed to the operating system first.
   */
  closed(complete: boolean): void;
}

/**
 * A request as every adapter passes it in: plain values and a few methods, no framework.
 *
 * @remarks
 * `path` is the path that the client asked for, without the query. `query` is raw and without the question mark; a
 * character above U+007F in it is one byte, as Node decodes request lines.
 */
export interface HttpRequest<N = unknown> {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The value of a header; repeated ones joined as HTTP says. The name may be in any case. */
  header(name: string): string | undefined;
  /**
   * Reads the body, once.
   *
   * @param limitBytes - the largest body to accept, counted while it streams in.
   * @throws {CometError} `body-too-large` — the body exceeds the limit.
   * @throws {CometError} `malformed-request` — the client disconnected before the end.
   */
  readBody(limitBytes: number): Promise<RequestBody>;
  /** The client's network address, as far as the adapter trusts the proxies in front. */
  readonly address: string;
  /** The host that the client asked for, as far as the adapter trusts what tells it. @defaultValue the header `host` */
  readonly host?: string | undefined;
  /** True over TLS, the adapter's trusted proxies included. */
  readonly secure: boolean;
  /** The framework's own request, for hooks. */
  readonly native: N;
  /** Identity of the connection; undefined where the platform does not show it. */
  readonly connection: object | undefined;
  /** Sets the watcher, which is called once when the exchange ends, or immediately if it has ended. */
  watch(watcher: CloseWatcher): void;
}

/** A body as text, or as what a parser in front of the handler has made of it. */
export type RequestBody =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'parsed'; readonly value: unknown };

/** Headers of an answer: lower-case names; a list is sent as that many header lines. */
export type HttpHeaders = Readonly<Record<string, string | readonly string[]>>;

/** An answer that is complete. */
export interface FiniteResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: string | Uint8Array;
}

/** An answer whose body is written as things happen: the adapter sends the head and then calls `open`. */
export interface StreamResponse {
  readonly status: number;
  readonly headers: HttpHeaders;
  open(outlet: Outlet): void;
}

/** What the handler answers. */
export type HttpResponse = FiniteResponse | StreamResponse;

/** The adapter's side of a request: it sends the response. */
export interface Responder {
  /** Sends the response. Called once, now or later; must not throw. */
  answer(response: HttpResponse): void;
}

/** A response that is held back until there is something to send. */
export interface PendingResponse {
  /** Sets the responder that will send it. */
  hold(request: Responder): void;
}

/**
 * The number of buffered bytes from which an outlet is congested, whatever its socket reports.
 *
 * @remarks
 * The socket of Node 22 buffers four times as much as that of Node 20.
 */
export const congestedBytes = 16_384;

/** Gets notified about an outlet that it writes to. */
export interface OutletWatcher {
  /** Called each time that everything written has left the process. */
  drained(): void;
  /** Called once, when either side has ended the response. */
  closed(): void;
}

/**
 * The byte sink of one open response, provided by the adapter.
 *
 * @remarks
 * No method throws; after the close every call does nothing. Bytes belong to the outlet once written and may be shared
 * with other outlets, so it must not change them.
 */
export interface Outlet {
  /**
   * Writes bytes.
   *
   * @returns false if congested; then the caller should wait for the drain before it writes again.
   */
  write(bytes: Uint8Array): boolean;
  /** Ends the response after what was written. */
  end(): void;
  /** Drops the connection with whatever is still waiting. */
  destroy(): void;
  /**
   * The number of bytes that are written and have not left the process yet; after the close, of those that never will.
   */
  readonly pendingBytes: number;
  /**
   * Sets the watcher, which is called immediately if the response is over. One object rather than callbacks, because
   * many outlets wait at once.
   */
  watch(watcher: OutletWatcher): void;
}
