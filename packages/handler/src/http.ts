/** Whoever waits for an exchange to be over. */
export interface CloseWatcher {
  /** The exchange has ended. `complete` tells whether the whole answer was handed to the operating system before. */
  closed(complete: boolean): void;
}

/**
 * A request as every adapter hands it in: plain values and a few methods, no framework.
 *
 * Shape: `path` is what the client asked for, without the query; `query` is raw and without the question mark, a
 * character above U+007F in it standing for one byte, as Node decodes request lines.
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
   * Units:  bytes, counted while they stream in.
   * Errors: rejects with `body-too-large` past the limit, `malformed-request` when the client goes away half-way.
   */
  readBody(limitBytes: number): Promise<RequestBody>;
  /** The client's network address, as far as the adapter trusts what stands in front of it. */
  readonly address: string;
  /** The host that the client asked for, as far as the adapter trusts what tells it. @defaultValue the header `host` */
  readonly host?: string | undefined;
  /** True over TLS, the adapter's trusted proxies included. */
  readonly secure: boolean;
  /** The framework's own request, for hooks. */
  readonly native: N;
  /** Identity of the connection; undefined where the platform does not show it. */
  readonly connection: object | undefined;
  /** Names one that is told, once, when the exchange has ended; at once when it has. */
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

/** What an answer is for: the adapter's side of a request. */
export interface Responder {
  /** Takes the answer. Called once, sooner or later; it must not throw. */
  answer(response: HttpResponse): void;
}

/** An answer that is held until there is something to say. */
export interface PendingResponse {
  /** Names what it is for. */
  hold(request: Responder): void;
}

/**
 * An outlet with so much waiting is congested, whatever its socket says: that of Node 22 takes four times as much as that
 * of Node 20. Units: bytes.
 */
export const congestedBytes = 16_384;

/** Whoever writes to an outlet, and has to know what becomes of what it has written. */
export interface OutletWatcher {
  /** Everything written has left the process. Called each time. */
  drained(): void;
  /** The response is over, by whichever side. Called once. */
  closed(): void;
}

/**
 * The byte sink of one open response, given by the adapter.
 *
 * Shape: no method throws; after the close every call is a no-op. Bytes belong to the outlet once written and may be
 * shared with other outlets: it must not change them.
 */
export interface Outlet {
  /** Writes bytes. Shape: false when congested; then nothing should be written until the drain. */
  write(bytes: Uint8Array): boolean;
  /** Ends the response after what was written. */
  end(): void;
  /** Drops the connection with whatever is still waiting. */
  destroy(): void;
  /** What was written and has not left the process yet. Units: bytes; after the close those that never will. */
  readonly pendingBytes: number;
  /** Names the one that is told; told at once when the response is over already. One object, for many outlets wait. */
  watch(watcher: OutletWatcher): void;
}
